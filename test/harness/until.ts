import { setTimeout } from 'node:timers/promises'

/**
 * Asks again until there is an answer: for what another process does in its own time.
 *
 * @throws Error naming what was waited for, after `timeoutMs`
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`)
    await setTimeout(50)
  }
}
