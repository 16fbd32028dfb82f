import { run } from './run.ts'

type Call = {
  argv: string[]
  env?: Record<string, string>
  cwd?: string
  /** Runs in each pause, with the time that has passed: where a test changes the world. */
  onPause?: (elapsedMs: number) => unknown
}

/** Runs the command with a clock that only its own pauses advance. */
export async function runForTest({ argv, env = {}, cwd = '/nonexistent', onPause }: Call) {
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
    sleep: async (ms) => {
      elapsedMs += ms
      await onPause?.(elapsedMs)
    },
  })
  return { exitCode, stdout: printed.join('\n'), stderr: told.join('\n'), elapsedMs }
}
