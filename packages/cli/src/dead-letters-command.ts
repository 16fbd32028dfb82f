import { writeFile } from 'node:fs/promises'
import {
  DeadLetterAnswer,
  DeadLettersAnswer,
  type DeadLetter,
} from '@aftermath/schemas/api/dead-letters'
import type { Command } from 'commander'
import { callApi, downloadFrom, type Outcome } from './api.ts'
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

const ANSWER_MS = 60_000

type Options = ServerOptions & { project: string; json?: true; output?: string; all?: true }

export function addDeadLetters(program: Command, shell: Shell) {
  const group = addCommand(program, 'dead-letters', 'telemetry that could not be stored')
    .description(
      'Telemetry that was acknowledged and that ClickHouse would not take. Nothing of it is lost.',
    )
    .addHelpText('after', `${EXAMPLES.deadLetters}\n${EXIT_CODES.deadLetters}`)
  const add = (name: string, summary: string) =>
    addCommand(group, name, summary)
      .description(summary)
      .addOption(projectOption())
      .addOption(serverOption())
      .addOption(tokenOption())
  const call = callerOf(shell)

  add('list', 'list them, newest first')
    .option('--json', 'print them as JSON')
    .action(async (options: Options) => {
      const letters = await call.list(options)
      if (letters === undefined) return
      if (options.json) shell.print(JSON.stringify(letters, null, 2))
      else if (letters.length === 0) shell.print('There are no dead letters.')
      else for (const letter of letters) shell.print(line(letter))
      shell.exit(EXIT.ok)
    })

  add('show', 'print what is known about one, or save its telemetry')
    .argument('<id>', 'as in the list')
    .option('--json', 'print it as JSON')
    .option('--output <file>', 'save the telemetry (OTLP protobuf) to a file')
    .action(async (id: string, options: Options) => {
      const letter = await call.one(options, id)
      if (letter === undefined) return
      if (options.output !== undefined) {
        const bytes = await call.bytes(options, id)
        if (bytes === undefined) return
        await writeFile(options.output, bytes)
      }
      shell.print(options.json ? JSON.stringify(letter, null, 2) : details(letter))
      shell.exit(EXIT.ok)
    })

  add('replay', 'store one again, or all of them')
    .argument('[id]', 'as in the list')
    .option('--all', 'all of the project')
    .action(async (id: string | undefined, options: Options) => {
      if ((id === undefined) === (options.all === undefined)) {
        shell.tell('aftermath: give an id, or --all.')
        shell.exit(EXIT.usage)
        return
      }
      const ids = id === undefined ? (await call.list(options))?.map((one) => one.id) : [id]
      for (const one of ids?.toReversed() ?? []) {
        const letter = await call.one(options, one, 'replay')
        if (letter === undefined) return
        shell.print(`Sent again: ${line(letter)}`)
      }
      if (ids !== undefined) shell.exit(EXIT.ok)
    })

  add('drop', 'drop one for good')
    .argument('<id>', 'as in the list')
    .action(async (id: string, options: Options) => {
      const letter = await call.one(options, id, 'drop')
      if (letter === undefined) return
      shell.print(`Dropped: ${line(letter)}`)
      shell.exit(EXIT.ok)
    })
}

/** Calls of the API; one that fails says so, sets the exit code and gives undefined. */
function callerOf(shell: Shell) {
  const asked = <T>(outcome: Outcome<T>): T | undefined => {
    if (outcome.outcome === 'answered') return outcome.value
    endUnanswered(shell, outcome.sentence)
    return undefined
  }
  const base = ({ project }: Options, id?: string, action = '') => {
    const path = id === undefined ? '' : `/${encodeURIComponent(id)}${action}`
    return `/api/v1/dead-letters${path}?project=${encodeURIComponent(project)}`
  }
  return {
    async list(options: Options) {
      const outcome = await callApi({
        server: findServer({ ...shell, options }),
        path: `${base(options)}&limit=1000`,
        answer: DeadLettersAnswer.pick({ data: true }),
        timeoutMs: ANSWER_MS,
      })
      return asked(outcome)?.data
    },
    async one(options: Options, id: string, action?: 'replay' | 'drop') {
      const outcome = await callApi({
        server: findServer({ ...shell, options }),
        path: base(options, id, action === 'replay' ? '/replay' : ''),
        answer: DeadLetterAnswer.pick({ data: true }),
        ...(action === 'replay' && { send: {} }),
        ...(action === 'drop' && { method: 'DELETE' as const }),
        timeoutMs: ANSWER_MS,
      })
      return asked(outcome)?.data
    },
    async bytes(options: Options, id: string) {
      const server = findServer({ ...shell, options })
      return asked(await downloadFrom(server, base(options, id, '/bytes'), ANSWER_MS))
    },
  }
}

function line({ id, buried, kind, items, code, reason }: DeadLetter): string {
  const why = reason === 'engine_crash' ? 'ClickHouse died of it' : `refused, code ${code ?? '-'}`
  return `${id}  ${buried}  ${items} ${kind === 'traces' ? 'spans' : kind === 'logs' ? 'log records' : 'metric points'}  ${why}`
}

function details(letter: DeadLetter): string {
  const rows = [
    line(letter),
    `  received  ${letter.received}, in ${letter.requests} request(s), ${letter.bytes} bytes`,
    `  message   ${letter.message.replaceAll(/\s+/g, ' ')}`,
  ]
  if (letter.replayStarted !== null) {
    rows.push(
      `  replay    began at ${letter.replayStarted} and was cut off: it may be stored already`,
    )
  }
  return rows.join('\n')
}
