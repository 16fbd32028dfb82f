import { DecisionAction } from '@aftermath/schemas/api/decisions'
import { VerdictState } from '@aftermath/schemas/verdict'
import { type Command, Argument, Option } from 'commander'
import { type DecideOptions, composeDecision, decisionSummary, sendDecision } from './decide.ts'
import { endUnanswered } from './end-unanswered.ts'
import { findServer } from './find-server.ts'
import { EXAMPLES, EXIT_CODES } from './help-text.ts'
import {
  type ServerOptions,
  addCommand,
  durationMs,
  projectOption,
  serverOption,
  tokenOption,
} from './options.ts'
import type { Shell } from './program.ts'

type Options = ServerOptions & DecideOptions & { project: string; timeout: number; json?: true }

export function addDecide(program: Command, shell: Shell) {
  addCommand(program, 'decide', 'record what a person decides about a release; the gate obeys')
    .description(
      'Records a decision beside the verdict, never over it: accept (it goes on), hold (nothing\n' +
        'goes on until somebody decides), roll_back, patch, turn_off_flag, or uat (signed off).',
    )
    .addArgument(new Argument('<action>', 'what is decided').choices(DecisionAction.options))
    .requiredOption('--service <name>', 'the service, as in service.name')
    .requiredOption('--version <version>', 'the release, as in service.version')
    .option('--env <name>', 'the environment (left out: the one with most traffic)')
    .addOption(projectOption())
    .option('--reason <text>', 'why; accept and hold need one')
    .option('--by <name>', 'who decides (left out: who runs the pipeline)')
    .addOption(
      new Option('--against <verdict>', 'the verdict that was seen: refused if it changed').choices(
        VerdictState.options,
      ),
    )
    .option('--timeout <time>', 'how long to try', durationMs, durationMs('30s'))
    .option('--json', 'print the record as JSON')
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', `${EXAMPLES.decide}\n${EXIT_CODES.decide}`)
    .action(async (action: string, given: Options) => {
      const { server, token, project, timeout, json, ...options } = given
      const sent = await sendDecision(composeDecision(action, options, shell.env), {
        ...shell,
        server: findServer({ ...shell, options: { server, token } }),
        project,
        timeoutMs: timeout,
      })
      if (sent.outcome !== 'answered') return endUnanswered(shell, sent.sentence)
      const { data } = sent.value
      shell.print(json ? JSON.stringify(data, null, 2) : decisionSummary(data))
    })
}
