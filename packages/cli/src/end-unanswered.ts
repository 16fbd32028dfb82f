import { EXIT } from './exit-code.ts'
import type { Shell } from './program.ts'

/** What a command ends with that got no answer it can use. */
export function endUnanswered(shell: Pick<Shell, 'tell' | 'exit'>, sentence: string): void {
  shell.tell(`aftermath: ${sentence}`)
  shell.exit(EXIT.unreachable)
}
