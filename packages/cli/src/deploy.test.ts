import { NewDeployment } from '@aftermath/schemas/api/deployments'
import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'
import { type Scripted, startScriptedServer } from './scripted-server.ts'

const RECORD = {
  id: 'dep_1',
  service: 'checkout',
  version: '2.4.0',
  environment: 'production',
  status: 'started',
  stage: { strategy: 'canary', weight: 10 },
  irreversibleMigration: false,
  source: 'cli',
  startedAt: '2026-01-05T10:00:00Z',
  finishedAt: null,
  recordedAt: '2026-01-05T10:00:01Z',
}
const RECORDED: Scripted = { status: 201, body: { data: RECORD } }
const DEPLOY = ['deploy', '--service', 'checkout', '--version', '2.4.0']

type Case = { script?: Scripted[]; options?: string[]; env?: Record<string, string> }

async function deploy({ script = [RECORDED], options = [], env = {} }: Case) {
  await using server = await startScriptedServer(script)
  const argv = [...DEPLOY, '--server', server.url, '--token', 't0ken', ...options]
  return { ...(await runForTest({ argv, env })), asked: server.asked }
}

test('records a canary and says so', async () => {
  const ran = await deploy({ options: ['--status', 'started', '--canary', '10'] })
  expect(ran.asked[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/deployments',
    search: { project: 'default' },
    authorization: 'Bearer t0ken',
  })
  expect(NewDeployment.parse(ran.asked[0]?.body)).toMatchObject({
    service: 'checkout',
    version: '2.4.0',
    environment: 'production',
    status: 'started',
    stage: { strategy: 'canary', weight: 10 },
    source: 'cli',
  })
  expect(ran.exitCode).toBe(0)
  expect(ran.stdout).toBe(
    'checkout 2.4.0 in production (canary, 10 %): started, started 2026-01-05T10:00:00Z. ' +
      'Recorded as dep_1.',
  )
})

test('takes what the options leave open from the CI system, and no more', async () => {
  const env = { CI_COMMIT_SHA: 'abc123', CI_COMMIT_REF_NAME: 'main', GITLAB_USER_LOGIN: 'ada' }
  const { asked } = await deploy({ env, options: ['--actor', 'grace'] })
  expect(asked[0]?.body).toMatchObject({ revision: 'abc123', ref: 'main', actor: 'grace' })
})

test('tries again while the server is away, with the same identity', async () => {
  const { asked, exitCode } = await deploy({ script: ['hang up', RECORDED] })
  expect(exitCode).toBe(0)
  expect(asked).toHaveLength(2)
  expect(asked[0]?.body).toEqual(asked[1]?.body)
})

test('steps of one run are one deployment, another environment is another', async () => {
  const env = { GITHUB_SHA: 'abc123', GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: '1' }
  const ids = await Promise.all(
    [
      ['--status', 'started'],
      ['--status', 'succeeded'],
      ['--env', 'staging'],
    ].map(
      async (options) =>
        NewDeployment.parse((await deploy({ env, options })).asked[0]?.body).sourceId,
    ),
  )
  expect(ids[0]).toBe(ids[1])
  expect(ids[2]).not.toBe(ids[0])
})

test.each<{ what: string; script: Scripted[] }>([
  { what: 'refuses', script: [{ status: 403, body: {} }] },
  { what: 'stays away', script: ['hang up'] },
])('exits with 4 when the server $what', async ({ script }) => {
  const { exitCode, stdout, stderr } = await deploy({ script, options: ['--timeout', '5s'] })
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' })
  expect(stderr).toMatch(/^aftermath: /)
})

test('--json prints the record', async () => {
  expect(JSON.parse((await deploy({ options: ['--json'] })).stdout)).toEqual(RECORD)
})
