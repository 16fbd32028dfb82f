import { type Command, Option } from 'commander'
import { EXIT } from './exit-code.ts'
import { findServer } from './find-server.ts'
import { type GateResult, askGate } from './gate.ts'
import { gateSummary } from './gate-summary.ts'
import { EXAMPLES, EXIT_CODES } from './help-text.ts'
import {
  type ServerOptions,
  addCommand,
  durationMs,
  projectOption,
  verdicts,
  serverOption,
  tokenOption,
} from './options.ts'
import type { Shell } from './program.ts'

type ReportOptions = { json?: true; onTimeout?: 'pass' | 'fail' }
type Options = ServerOptions &
  ReportOptions & {
    project: string
    service: string
    version: string
    env?: string
    timeout: number
    failOn: string[]
  }

export function addGate(program: Command, shell: Shell) {
  addCommand(program, 'gate', 'may this release go on? (for pipelines: answers by exit code)')
    .description(
      'Asks whether a release may go on, and waits while it is still being judged.\n' +
        'The answer is on standard output and in the exit code, progress on standard error.',
    )
    .requiredOption('--service <name>', 'the service, as in service.name')
    .requiredOption('--version <version>', 'the release, as in service.version')
    .option('--env <name>', 'the environment (left out: the one with most traffic)')
    .addOption(projectOption())
    .option('--timeout <time>', 'how long to wait: 90s, 15m, 2h', durationMs, durationMs('15m'))
    .option('--fail-on <verdicts>', 'verdicts that fail', verdicts, ['roll_back', 'patch'])
    .addOption(
      new Option('--on-timeout <decision>', 'decide, when the time runs out undecided').choices([
        'pass',
        'fail',
      ]),
    )
    .option('--json', "print the gate's answer as JSON")
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', `${EXAMPLES.gate}\n${EXIT_CODES.gate}`)
    .action(async (options: Options) => {
      const server = findServer({ ...shell, options })
      const question = { ...options, environment: options.env }
      const result = await askGate(question, { ...shell, server, timeoutMs: options.timeout })
      report(result, options, shell)
    })
}

function report(result: GateResult, { json, onTimeout }: ReportOptions, shell: Shell) {
  if (!('answer' in result)) {
    shell.tell(`aftermath: ${result.sentence}`)
    shell.exit(EXIT.unreachable)
    return
  }
  shell.print(json ? JSON.stringify(result.body, null, 2) : gateSummary(result.answer))
  if (result.result === 'undecided' && onTimeout !== undefined) {
    shell.tell(`Time is up: ${onTimeout}, as --on-timeout says.`)
  }
  const decision = result.result === 'undecided' ? (onTimeout ?? 'undecided') : result.result
  shell.exit({ pass: EXIT.ok, fail: EXIT.fail, undecided: EXIT.undecided }[decision])
}
