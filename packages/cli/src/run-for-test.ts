import { run } from './run.ts'

type Call = {
  argv: string[]
  env?: Record<string, string>
  cwd?: string
  /** Runs in each pause, with the time that has passed: where a test changes the world. */
  onPause?: (elapsedMs: number) => unknown
  /** Aborts as a signal to the process would. */
  interruption?: AbortSignal
}

/** Runs the command with a clock that only its own pauses advance. */
export async function runForTest(call: Call) {
  const { argv, env = {}, cwd = '/nonexistent', onPause } = call
  const interruption = call.interruption ?? new AbortController().signal
  const printed: string[] = []
  const told: string[] = []
  let elapsedMs = 0
  const exitCode = await run({
    argv,
    env,
    cwd,
    print: (line) => printed.push(line),
    tell: (line) => told.push(line),
    now: () => elapsedMs,
    sleep: async (ms, signal) => {
      elapsedMs += ms
      await onPause?.(elapsedMs)
      signal?.throwIfAborted()
    },
    interruption: () => interruption,
  })
  return { exitCode, stdout: printed.join('\n'), stderr: told.join('\n'), elapsedMs }
}
