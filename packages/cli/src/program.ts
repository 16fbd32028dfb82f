import { Command } from 'commander'
import packageFile from '../package.json' with { type: 'json' }
import { addDeadLetters } from './dead-letters-command.ts'
import { addDecide } from './decide-command.ts'
import { addDeploy } from './deploy-command.ts'
import { addGate } from './gate-command.ts'
import { EXAMPLES, EXIT_CODES, VARIABLES } from './help-text.ts'
import { addReplay } from './replay-command.ts'
import type { World } from './run.ts'
import { addSlo } from './slo-command.ts'
import { addStatus } from './status-command.ts'

/** What a command is given: the world, and the one way to set the exit code. */
export type Shell = World & { exit: (code: number) => void }

/** The `aftermath` command with its options and help. Commander's own exits become exceptions. */
export function createProgram(shell: Shell): Command {
  const program = new Command('aftermath')
    .description('What each release did to the people who use it, and what to do next.')
    .version(packageFile.version, '-V, --version', 'print the version of this command')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .enablePositionalOptions() // after a command, `--version` is the release's
    .showHelpAfterError('Run it with --help to see what it takes.')
    .configureOutput({
      writeOut: (text) => shell.print(text.trimEnd()),
      writeErr: (text) => shell.tell(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText('after', `${EXAMPLES.program}\n${VARIABLES}\n${EXIT_CODES.program}`)
  addGate(program, shell)
  addDeploy(program, shell)
  addDecide(program, shell)
  addReplay(program, shell)
  addStatus(program, shell)
  addSlo(program, shell)
  addDeadLetters(program, shell)
  return program
}
