import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { SlosAnswer, SloStoredAnswer, type Slo } from '@aftermath/schemas/api/slos'
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
import { readSloFile } from './slo-file.ts'

const ANSWER_MS = 30_000

type Options = ServerOptions & { project: string; json?: true; dryRun?: true }

export function addSlo(program: Command, shell: Shell) {
  const group = addCommand(program, 'slo', 'service level objectives: apply, list, drop')
    .description('Service level objectives: what is promised of a service, and what is left of it.')
    .addHelpText('after', `${EXAMPLES.slo}\n${EXIT_CODES.slo}`)
  const add = (name: string, summary: string) =>
    addCommand(group, name, summary)
      .description(summary)
      .addOption(projectOption())
      .addOption(serverOption())
      .addOption(tokenOption())

  add('apply', 'define the objectives of a file, YAML or JSON')
    .argument('<file>', 'the file')
    .option('--dry-run', 'check the file and send nothing')
    .action(async (file: string, options: Options) => {
      const slos = await read(shell, file)
      if (slos === undefined) return
      for (const { id, ...definition } of slos) {
        if (options.dryRun) continue
        const stored = await callApi({
          server: findServer({ ...shell, options }),
          path: pathOf(options, id),
          answer: SloStoredAnswer.pick({ data: true }),
          send: definition,
          method: 'PUT',
          timeoutMs: ANSWER_MS,
        })
        if (stored.outcome !== 'answered') return endUnanswered(shell, `${id}: ${stored.sentence}`)
        shell.print(`Defined ${id}, revision ${stored.value.data.revision}.`)
      }
      if (options.dryRun) shell.print(`${file} is in order: ${slos.length} objective(s).`)
      shell.exit(EXIT.ok)
    })

  add('list', 'list them, the most urgent first')
    .option('--json', 'print them as JSON')
    .action(async (options: Options) => {
      const listed = await callApi({
        server: findServer({ ...shell, options }),
        path: pathOf(options),
        answer: SlosAnswer.pick({ data: true }),
        timeoutMs: ANSWER_MS,
      })
      if (listed.outcome !== 'answered') return endUnanswered(shell, listed.sentence)
      const slos = listed.value.data
      if (options.json) shell.print(JSON.stringify(slos, null, 2))
      else if (slos.length === 0) shell.print('There are no objectives.')
      else for (const slo of slos) shell.print(line(slo))
      shell.exit(EXIT.ok)
    })

  add('drop', 'delete one, with its history')
    .argument('<id>', 'as in the list')
    .action(async (id: string, options: Options) => {
      const dropped = await callApi({
        server: findServer({ ...shell, options }),
        path: pathOf(options, id),
        answer: SloStoredAnswer.pick({ data: true }),
        method: 'DELETE',
        timeoutMs: ANSWER_MS,
      })
      if (dropped.outcome !== 'answered') return endUnanswered(shell, dropped.sentence)
      shell.print(`Deleted ${id}.`)
      shell.exit(EXIT.ok)
    })
}

/** The file's objectives; what is wrong with it is told with its place. */
async function read(shell: Shell, file: string) {
  let text: string
  try {
    text = await readFile(path.resolve(shell.cwd, file), 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    shell.tell(`aftermath: cannot read ${file}: ${why}`)
    shell.exit(EXIT.usage)
    return undefined
  }
  const found = readSloFile(text, file)
  if (found.outcome === 'read') return found.slos
  for (const problem of found.problems) shell.tell(problem)
  shell.exit(EXIT.usage)
  return undefined
}

function pathOf({ project }: Options, id?: string): string {
  const one = id === undefined ? '' : `/${encodeURIComponent(id)}`
  return `/api/v1/slos${one}?project=${encodeURIComponent(project)}`
}

function line({ id, service, environment, target, state, sentence }: Slo): string {
  const promised = `${Number((target * 100).toPrecision(8))} %`
  return `${id}  ${service} in ${environment}  ${promised}  ${state.replace('_', ' ')}  ${sentence}`
}
