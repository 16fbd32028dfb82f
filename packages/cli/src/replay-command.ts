import { ReplayAnswer, type Replay } from '@aftermath/schemas/api/replay'
import type { Command } from 'commander'
import { callApi } from './api.ts'
import { endUnanswered } from './end-unanswered.ts'
import { EXIT } from './exit-code.ts'
import { findServer } from './find-server.ts'
import { EXAMPLES, EXIT_CODES } from './help-text.ts'
import {
  type ServerOptions,
  addCommand,
  projectOption,
  serverOption,
  tokenOption,
} from './options.ts'
import type { Shell } from './program.ts'

/** Two weeks of many operations take seconds, behind what the server judges at the moment. */
const ANSWER_MS = 120_000

type Options = ServerOptions & { project: string; environment?: string; at?: string; json?: true }

export function addReplay(program: Command, shell: Shell) {
  addCommand(program, 'replay', 'does a stored verdict follow from its counts?')
    .description(
      'Makes a stored verdict again from the counts it was made of, and compares the two.',
    )
    .argument('<service>', 'as the app sends it: service.name')
    .argument('<version>', 'as the app sends it: service.version')
    .option('--environment <name>', 'environment (else the one with most traffic)')
    .option('--at <time>', 'the verdict that was valid then, RFC 3339 (else the present one)')
    .option('--json', 'print it as JSON')
    .addOption(projectOption())
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', `${EXAMPLES.replay}\n${EXIT_CODES.replay}`)
    .action(async (service: string, version: string, options: Options) => {
      const search = new URLSearchParams({ project: options.project })
      if (options.environment !== undefined) search.set('environment', options.environment)
      if (options.at !== undefined) search.set('at', options.at)
      const asked = await callApi({
        server: findServer({ ...shell, options }),
        path: `/api/v1/releases/${encodeURIComponent(service)}/${encodeURIComponent(version)}/replay?${search.toString()}`,
        answer: ReplayAnswer.pick({ data: true }),
        timeoutMs: ANSWER_MS,
      })
      if (asked.outcome !== 'answered') return endUnanswered(shell, asked.sentence)
      const { data } = asked.value
      shell.print(options.json ? JSON.stringify(data, null, 2) : replaySummary(data))
      shell.exit(data.same ? EXIT.ok : EXIT.fail)
    })
}

function replaySummary(replay: Replay): string {
  const { service, version, environment, judgedAt, verdict, sentence, difference } = replay
  const lines = [
    `${replay.same ? 'SAME' : 'DIFFERENT'}  ${service} ${version} in ${environment}: ${verdict.replaceAll('_', ' ')}, judged ${judgedAt}`,
    sentence,
  ]
  if (difference === null)
    return [...lines, `  all ${replay.bytes} bytes come out the same`].join('\n')
  const { at, stored, replayed } = difference
  const code = replay.sameCode ? [] : ['  it was judged by other code than this server runs']
  return [...lines, `  ${at}: ${stored} was stored, ${replayed} comes out`, ...code].join('\n')
}
