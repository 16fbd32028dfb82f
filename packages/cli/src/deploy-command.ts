import { DeploymentStatus } from '@aftermath/schemas/api/deployments'
import { type Command, Option } from 'commander'
import {
  type DeployOptions,
  composeDeployment,
  deploymentSummary,
  sendDeployment,
} from './deploy.ts'
import { endUnanswered } from './end-unanswered.ts'
import { findServer } from './find-server.ts'
import { EXAMPLES, EXIT_CODES } from './help-text.ts'
import {
  type ServerOptions,
  addCommand,
  durationMs,
  percent,
  projectOption,
  serverOption,
  tokenOption,
} from './options.ts'
import type { Shell } from './program.ts'

type Options = ServerOptions & DeployOptions & { project: string; timeout: number; json?: true }

export function addDeploy(program: Command, shell: Shell) {
  addCommand(program, 'deploy', 'record that a release arrives in an environment')
    .description(
      'Records a deployment: its time orders the releases and marks the charts.\n' +
        'In GitHub Actions, GitLab CI, CircleCI and Jenkins, revision, repository, ref, url and\n' +
        'actor come from the variables of the run.',
    )
    .requiredOption('--service <name>', 'the service, as in service.name')
    .requiredOption('--version <version>', 'the release, as in service.version')
    .option('--env <name>', 'the environment', 'production')
    .addOption(projectOption())
    .addOption(
      new Option('--status <status>', 'how far it is')
        .choices(DeploymentStatus.options)
        .default('succeeded'),
    )
    .option('--canary <percent>', 'share of the traffic that it gets, as a canary', percent)
    .option('--revision <sha>', 'the commit')
    .option('--repository <url>', 'where the commit is')
    .option('--ref <ref>', 'branch or tag')
    .option('--url <url>', 'page of the run or change, shown as a link')
    .option('--actor <name>', 'who deploys')
    .option('--title <text>', 'what the release is about, in a line')
    .option('--notes <text>', 'what it changes')
    .option('--irreversible-migration', 'it cannot be rolled back: never advise to')
    .option('--timeout <time>', 'how long to try', durationMs, durationMs('30s'))
    .option('--json', 'print the record as JSON')
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', `${EXAMPLES.deploy}\n${EXIT_CODES.deploy}`)
    .action(async ({ server, token, project, timeout, json, ...options }: Options) => {
      const sent = await sendDeployment(composeDeployment(options, shell.env), {
        ...shell,
        server: findServer({ ...shell, options: { server, token } }),
        project,
        timeoutMs: timeout,
      })
      if (sent.outcome !== 'answered') return endUnanswered(shell, sent.sentence)
      const { data } = sent.value
      shell.print(json ? JSON.stringify(data, null, 2) : deploymentSummary(data))
    })
}
