import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { BodyToCheck, CheckedBody } from './check-body.ts'
import { movable } from './own-memory.ts'
import { Refusal, type RefusalFacts } from './refusal.ts'

export type BodyQuestion = Omit<BodyToCheck, 'body'> & {
  id: number
  bytes: Uint8Array<ArrayBuffer>
}
export type BodyAnswer = { id: number } & ({ kept: CheckedBody } | { refusal: RefusalFacts })

/** A thread that inflates and checks bodies. Their memory is moved to it and back, never copied. */
export interface CheckThread extends AsyncDisposable {
  /** Bodies it has not answered yet. */
  readonly waiting: number
  /** @throws Refusal when nothing of the body can be kept, or the thread died of it */
  check(body: BodyToCheck): Promise<CheckedBody>
}

type Waiting = { resolve: (kept: CheckedBody) => void; reject: (reason: unknown) => void }

/** Beyond, the thread ends, not the program: what is checked makes few objects. */
const HEAP_MB_MAX = 256

/** A thread that dies refuses what it was asked, for now; the next body starts another one. */
export function openCheckThread(
  log: Logger,
  program = new URL('check-worker.ts', import.meta.url),
): CheckThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let nextId = 0
  let closed = false

  function start(): Worker {
    const started = new Worker(program, {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    })
    started.unref() // it alone keeps no program alive
    started.on('message', (answer: BodyAnswer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('kept' in answer) asked?.resolve(answer.kept)
      else asked?.reject(Refusal.of(answer.refusal))
    })
    const fail = (reason: unknown) => {
      if (worker !== started) return
      worker = undefined
      if (!closed) log.error({ err: reason, requests: waiting.size }, 'The checking thread ended')
      for (const { reject } of waiting.values()) {
        reject(Refusal.retryLater('overload', 'Something failed here.'))
      }
      waiting.clear()
    }
    started.on('error', fail)
    started.on('exit', (code) => fail(new Error(`exit code ${code}`)))
    return started
  }

  return {
    get waiting() {
      return waiting.size
    },
    check({ body, ...head }) {
      worker ??= start()
      const id = nextId++
      const bytes = movable(body)
      const answer = new Promise<CheckedBody>((resolve, reject) =>
        waiting.set(id, { resolve, reject }),
      )
      worker.postMessage({ ...head, id, bytes } satisfies BodyQuestion, [bytes.buffer])
      return answer
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await worker?.terminate()
    },
  }
}
