import { parentPort } from 'node:worker_threads'
import { checkLargeBody } from './check-body.ts'
import type { BodyAnswer, BodyQuestion } from './check-thread.ts'
import { movable } from './own-memory.ts'
import { Refusal } from './refusal.ts'

// The thread that inflates and checks large bodies, one after the other: together they would need
// the memory of all of them.
let last = Promise.resolve()
parentPort!.on('message', (question: BodyQuestion) => {
  last = last.then(() => answer(question)) // a bug ends this thread, and another takes its place
})

async function answer({ id, bytes, ...head }: BodyQuestion): Promise<void> {
  try {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const kept = await checkLargeBody({ ...head, body })
    const moved = movable(kept.checked.bytes)
    kept.checked.bytes = moved
    parentPort!.postMessage({ id, kept } satisfies BodyAnswer, [moved.buffer])
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    parentPort!.postMessage({ id, refusal: error.facts } satisfies BodyAnswer)
  }
}
