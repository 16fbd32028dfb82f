import { setImmediate } from 'node:timers/promises'

/** Runs long work step by step, so that requests are served in between. */
export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await setImmediate()
  }
}
