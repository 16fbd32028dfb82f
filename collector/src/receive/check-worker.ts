import { parentPort } from 'node:worker_threads'
import { checkBody, type CheckedBody } from './check-body.ts'
import type { BodyAnswer, BodyQuestion } from './check-thread.ts'
import { movable } from './movable.ts'
import { Refusal } from './refusal.ts'

// The thread that inflates and checks large bodies, one after the other.
parentPort!.on('message', ({ id, bytes, ...head }: BodyQuestion) => {
  const answer = settle(id, () =>
    checkBody({ ...head, body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) }),
  )
  const moved = 'kept' in answer ? [answer.kept.checked.bytes.buffer as ArrayBuffer] : []
  parentPort!.postMessage(answer, moved)
})

function settle(id: number, check: () => CheckedBody): BodyAnswer {
  try {
    const kept = check()
    kept.checked.bytes = movable(kept.checked.bytes)
    return { id, kept }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error // a bug: this thread ends, and another takes its place
    return { id, refusal: error.facts }
  }
}
