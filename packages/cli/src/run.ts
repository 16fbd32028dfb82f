import { CommanderError } from 'commander'
import { z } from 'zod'
import { EXIT } from './exit-code.ts'
import { createProgram } from './program.ts'

/** The world of one call of the command. */
export type World = {
  argv: string[]
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** A line of the result, on standard output. */
  print: (line: string) => void
  /** A line of progress or trouble, on standard error. */
  tell: (line: string) => void
  now: () => number
  /** Rejects when it is aborted. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>
  /** Aborts when somebody ends the command; from the first call on the command ends by itself. */
  interruption: () => AbortSignal
}

/** Runs the command and returns what the shell is to be told. */
export async function run(world: World): Promise<number> {
  let exitCode: number = EXIT.ok
  const program = createProgram({ ...world, exit: (code) => (exitCode = code) })
  try {
    await program.parseAsync(world.argv, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has printed the help or what was wrong with the options by itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof z.ZodError) {
      world.tell(`aftermath: ${describeIssues(error)}`)
      return EXIT.usage
    }
    throw error
  }
}

function describeIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('\n  ')
}
