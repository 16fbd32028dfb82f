import { appendFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { GateAnswer } from '@aftermath/schemas/api/gate'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { readSummaryFile } from './ci-facts.ts'
import { endUnanswered } from './end-unanswered.ts'
import { EXIT } from './exit-code.ts'
import { findServer } from './find-server.ts'
import { type GateQuestion, type GateResult, askGate } from './gate.ts'
import { gateMarkdown } from './gate-markdown.ts'
import { gateSummary } from './gate-summary.ts'
import { EXAMPLES, EXIT_CODES } from './help-text.ts'
import {
  type ServerOptions,
  addCommand,
  durationMs,
  every,
  projectOption,
  verdicts,
  serverOption,
  tokenOption,
} from './options.ts'
import type { Shell } from './program.ts'

type ReportOptions = { json?: true; onTimeout?: 'pass' | 'fail'; summary?: string }
type Options = ServerOptions &
  ReportOptions & {
    project: string
    service: string[]
    version: string[]
    env?: string
    baseline?: string
    timeout: number
    failOn: string[]
    passOn?: string[]
    require?: string
  }

export function addGate(program: Command, shell: Shell) {
  addCommand(program, 'gate', 'may this release go on? (for pipelines: answers by exit code)')
    .description(
      'Asks whether a release may go on, and waits while it is still being judged.\n' +
        'The answer is on standard output and in the exit code, progress on standard error.',
    )
    .requiredOption(
      '--service <name>',
      'the service, as in service.name; repeat it for several',
      every,
    )
    .requiredOption(
      '--version <version>',
      'the release, as in service.version; one for all, or each',
      every,
    )
    .option('--env <name>', 'the environment (left out: the one with most traffic)')
    .addOption(projectOption())
    .option('--timeout <time>', 'how long to wait: 90s, 15m, 2h', durationMs, durationMs('15m'))
    .option('--fail-on <verdicts>', 'verdicts that fail', verdicts, ['roll_back', 'patch'])
    .option(
      '--pass-on <verdicts>',
      'verdicts that pass (left out: ship, watch); others wait',
      verdicts,
    )
    .option('--baseline <version>', 'the release that it has to be compared with')
    .addOption(new Option('--require <sign-off>', 'what has to be signed off').choices(['uat']))
    .addOption(
      new Option('--on-timeout <decision>', 'decide, when the time runs out undecided').choices([
        'pass',
        'fail',
      ]),
    )
    .option('--json', "print the gate's answer as JSON")
    .option('--summary <file>', 'append a Markdown summary (in GitHub Actions: to that of the job)')
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', `${EXAMPLES.gate}\n${EXIT_CODES.gate}`)
    .action(async (options: Options) => {
      const server = findServer({ ...shell, options })
      const interruption = shell.interruption()
      const result = await askGate(questionOf(options), {
        ...shell,
        server,
        interruption,
        timeoutMs: options.timeout,
      })
      await report(result, options, shell)
    })
}

/** @throws z.ZodError where versions do not fit the services */
function questionOf(options: Options): GateQuestion {
  const { service: services, version: versions, env, failOn, passOn, baseline, require } = options
  Versions.parse({ version: versions.length === 1 || versions.length === services.length })
  const { project } = options
  return { project, services, versions, environment: env, failOn, passOn, baseline, require }
}

const Versions = z.object({
  version: z.literal(true, { error: 'give one for all services, or one for each' }),
})

async function report(result: GateResult, options: ReportOptions, shell: Shell) {
  if (result.result === 'interrupted') {
    shell.tell(`aftermath: ended by ${result.by}. Undecided so far: ${result.sentence}`)
    shell.exit(EXIT.interrupted[result.by])
    return
  }
  if (!('answer' in result)) return endUnanswered(shell, result.sentence)
  const { json, onTimeout } = options
  shell.print(json ? JSON.stringify(result.body, null, 2) : gateSummary(result.answer))
  await writeSummary(result.answer, options.summary ?? readSummaryFile(shell.env), shell)
  if (result.result === 'undecided' && onTimeout !== undefined) {
    shell.tell(`Time is up: ${onTimeout}, as --on-timeout says.`)
  }
  const decision = result.result === 'undecided' ? (onTimeout ?? 'undecided') : result.result
  shell.exit({ pass: EXIT.ok, fail: EXIT.fail, undecided: EXIT.undecided }[decision])
}

/** A summary that cannot be written changes no answer. */
async function writeSummary(answer: GateAnswer, file: string | undefined, shell: Shell) {
  if (file === undefined) return
  try {
    await appendFile(resolve(shell.cwd, file), `${gateMarkdown(answer)}\n`)
  } catch (error) {
    shell.tell(
      `The summary is not written: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
