import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import { checkBody, type BodyToCheck, type CheckedBody } from './check-body.ts'
import { openCheckThread } from './check-thread.ts'
import { Refusal } from './refusal.ts'

/** Where bodies are inflated and checked: small ones at once, large ones beside the main thread. */
export interface CheckPool extends AsyncDisposable {
  /** The body is given away. @throws Refusal when nothing of it can be kept */
  check(body: BodyToCheck): Promise<CheckedBody>
}

const KiB = 1024

/** From here on the way to another thread costs less than the wait it saves the others. */
const THREAD_BYTES_MIN = 64 * KiB
/** A small body that turns out to be larger than this goes there too. JSON takes ten times as long. */
const INLINE_PLAIN_BYTES_MAX = { protobuf: 1024 * KiB, json: 128 * KiB }

/** On two cores the engine needs the other one. */
const threadCount = () => Math.min(2, Math.max(1, availableParallelism() - 1))

export function openCheckPool(log: Logger, threads = threadCount()): CheckPool {
  const pool = Array.from({ length: threads }, () => openCheckThread(log))

  function beside(body: BodyToCheck): Promise<CheckedBody> {
    const idlest = pool.reduce((best, one) => (one.waiting < best.waiting ? one : best))
    return idlest.check(body)
  }

  return {
    async check(body) {
      if (body.body.length >= THREAD_BYTES_MIN) return beside(body)
      try {
        return checkBody(body, INLINE_PLAIN_BYTES_MAX[body.type])
      } catch (error) {
        const isLarge = error instanceof Refusal && error.status === 413
        if (isLarge) return beside(body) // the thread says whether it is too large
        throw error
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pool.map((thread) => thread[Symbol.asyncDispose]()))
    },
  }
}
