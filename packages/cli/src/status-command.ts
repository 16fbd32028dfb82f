import { StatusAnswer } from '@aftermath/schemas/api/status'
import type { Command } from 'commander'
import { callApi } from './api.ts'
import { endUnanswered } from './end-unanswered.ts'
import { EXIT } from './exit-code.ts'
import { findServer } from './find-server.ts'
import { EXAMPLES, EXIT_CODES } from './help-text.ts'
import { type ServerOptions, addCommand, serverOption, tokenOption } from './options.ts'
import type { Shell } from './program.ts'
import { statusSummary } from './status-summary.ts'

const ANSWER_MS = 15_000

export function addStatus(program: Command, shell: Shell) {
  addCommand(program, 'status', 'is the server well?')
    .description('Prints the state of the server: its problems, how far it is behind, its disk.')
    .option('--json', 'print it as JSON')
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', `${EXAMPLES.status}\n${EXIT_CODES.status}`)
    .action(async (options: ServerOptions & { json?: true }) => {
      const asked = await callApi({
        server: findServer({ ...shell, options }),
        path: '/api/v1/status',
        answer: StatusAnswer.pick({ data: true }),
        timeoutMs: ANSWER_MS,
      })
      if (asked.outcome !== 'answered') return endUnanswered(shell, asked.sentence)
      const { data } = asked.value
      shell.print(options.json ? JSON.stringify(data, null, 2) : statusSummary(data))
      shell.exit(data.problems.length === 0 ? EXIT.ok : EXIT.fail)
    })
}
