import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GateSearch, type GateAnswer } from '@aftermath/schemas/api/gate'
import { Evidence } from '@aftermath/schemas/verdict'
import { describe, expect, test } from 'vitest'
import { gateMarkdown } from './gate-markdown.ts'
import { runForTest } from './run-for-test.ts'
import { type Scripted, startScriptedServer } from './scripted-server.ts'

const ANSWER: GateAnswer = {
  decision: 'fail',
  verdict: 'roll_back',
  severity: 'major',
  classification: 'Fail',
  service: 'checkout',
  version: '2.4.0',
  environment: 'production',
  baseline: { version: '2.3.9', kind: 'concurrent' },
  sentence: 'Roll back to 2.3.9: 3.1 % of requests fail, 0.5 % before.',
  eta: null,
  reasons: [
    {
      code: 'error_rate',
      sentence: 'POST /checkout fails 2.6 points more often.',
      evidence: null,
      url: 'http://aftermath.test/releases/checkout/2.4.0#error_rate',
    },
  ],
  policy: { failOn: ['roll_back', 'patch'] },
  asOf: '2026-01-05T10:00:00Z',
  url: 'http://aftermath.test/releases/checkout/2.4.0',
}
const FAIL: Scripted = { status: 200, body: ANSWER }
const PASS: Scripted = {
  status: 200,
  body: { ...ANSWER, decision: 'pass', verdict: 'ship', severity: null, classification: 'Pass' },
}
const WAIT: Scripted = {
  status: 200,
  body: {
    ...ANSWER,
    decision: 'wait',
    verdict: 'insufficient_data',
    severity: null,
    sentence: 'Still collecting.',
    eta: { minutes: 5, needs: '1,900 more requests' },
  },
}
const AWAY = { status: 503, body: problem(503, 'Stopping') }
const GATE = ['gate', '--service', 'checkout', '--version', '2.4.0', '--env', 'production']

function problem(status: number, title: string, more = {}) {
  return { type: 'about:blank', title, status, ...more }
}

async function gate({ script, options = [] }: { script: Scripted[]; options?: string[] }) {
  await using server = await startScriptedServer(script)
  const ran = await runForTest({
    argv: [...GATE, '--server', server.url, '--token', 't0ken', ...options],
  })
  return { ...ran, asked: server.asked }
}

describe('the exit code tells a pipeline', () => {
  test.each<{ what: string; script: Scripted[]; options?: string[]; exitCode: number }>([
    { what: 'pass', script: [PASS], exitCode: 0 },
    { what: 'fail', script: [FAIL], exitCode: 1 },
    { what: 'pass after waiting', script: [WAIT, WAIT, PASS], exitCode: 0 },
    {
      what: 'fail after a restart of the server',
      script: [WAIT, 'hang up', AWAY, FAIL],
      exitCode: 1,
    },
    { what: 'undecided', script: [WAIT], exitCode: 3 },
    { what: 'undecided, passing', script: [WAIT], options: ['--on-timeout', 'pass'], exitCode: 0 },
    { what: 'undecided, failing', script: [WAIT], options: ['--on-timeout', 'fail'], exitCode: 1 },
    { what: 'server away at the end', script: [WAIT, AWAY], exitCode: 4 },
    {
      what: 'server away, though undecided passes',
      script: [AWAY],
      options: ['--on-timeout', 'pass'],
      exitCode: 4,
    },
    { what: 'connection broken', script: ['hang up'], exitCode: 4 },
    {
      what: 'token refused',
      script: [{ status: 401, body: problem(401, 'No token') }],
      exitCode: 4,
    },
    { what: 'another program', script: [{ status: 200, body: '<html>' }], exitCode: 4 },
    { what: 'another shape', script: [{ status: 200, body: { decision: 'pass' } }], exitCode: 4 },
    { what: 'spaces, then nothing', script: [{ status: 200, body: '  ' }, PASS], exitCode: 0 },
  ])('$what: $exitCode', async ({ script, options, exitCode }) => {
    const ran = await gate({ script, options: ['--timeout', '40s', ...(options ?? [])] })
    expect(ran.exitCode).toBe(exitCode)
  })

  test('an address where nobody listens is unreachable, and tried until the time is up', async () => {
    const server = await startScriptedServer([PASS])
    await server[Symbol.asyncDispose]()
    const ran = await runForTest({ argv: [...GATE, '--server', server.url, '--timeout', '40s'] })
    expect(ran).toMatchObject({ exitCode: 4, elapsedMs: 40_000, stdout: '' })
    expect(ran.stderr).toContain('nothing listens there')
  })
})

test('asks what the API understands, with the token as a bearer', async () => {
  const { asked } = await gate({ script: [PASS], options: ['--fail-on', 'roll_back, watch'] })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({
    method: 'GET',
    path: '/api/v1/gate',
    authorization: 'Bearer t0ken',
  })
  expect(GateSearch.parse(asked[0]?.search)).toEqual({
    project: 'default',
    service: ['checkout'],
    version: ['2.4.0'],
    environment: 'production',
    baseline: 'auto',
    wait: 0,
    failOn: ['roll_back', 'watch'],
  })
})

test.each([
  { timeout: '3s', holds: ['0', '2', '1', '0'] },
  { timeout: '32s', holds: ['0', '30', '30', '29'] },
])('asks at once, then lets the server hold its answer within $timeout', async (given) => {
  const { asked } = await gate({ script: [WAIT], options: ['--timeout', given.timeout] })
  const holds = asked.map(({ search }) => search['wait'])
  expect(holds.slice(0, 4)).toEqual(given.holds)
  expect(holds.at(-1)).toBe('0')
})

test('asks once when the timeout is zero', async () => {
  const { asked, exitCode } = await gate({ script: [WAIT], options: ['--timeout', '0s'] })
  expect({ exitCode, asked: asked.length }).toEqual({ exitCode: 3, asked: 1 })
})

test('waits as long as a busy server says', async () => {
  const busy = { ...AWAY, headers: { 'retry-after': '7' } }
  const { elapsedMs } = await gate({ script: [busy, PASS] })
  expect(elapsedMs).toBe(7000)
})

test('prints decision, sentence, reasons and address, and nothing else on standard output', async () => {
  const { stdout, stderr } = await gate({ script: [WAIT, WAIT, FAIL] })
  expect(stdout.split('\n')).toEqual([
    'FAIL  checkout 2.4.0 in production: roll back, major',
    'Roll back to 2.3.9: 3.1 % of requests fail, 0.5 % before.',
    '  - POST /checkout fails 2.6 points more often. [error_rate]',
    'against 2.3.9 (concurrent), data up to 2026-01-05T10:00:00Z',
    'http://aftermath.test/releases/checkout/2.4.0',
  ])
  expect(stderr).toBe('waiting (15 min left): Still collecting. About 5 min: 1,900 more requests.')
})

test('--json prints the answer as the server gave it, later fields included', async () => {
  const later = { ...ANSWER, added: { in: 'a later version' } }
  const { stdout } = await gate({ script: [{ status: 200, body: later }], options: ['--json'] })
  expect(JSON.parse(stdout)).toEqual(later)
})

test('a refusal is told with its detail and every wrong field, and asked only once', async () => {
  const refusal = problem(400, 'Unknown parameters', {
    detail: 'One parameter is not known.',
    errors: [{ path: 'servce', message: 'unknown' }],
  })
  const { asked, stderr, stdout } = await gate({ script: [{ status: 400, body: refusal }, PASS] })
  expect(stderr).toContain('Unknown parameters. One parameter is not known.\n  servce: unknown')
  expect({ stdout, asked: asked.length }).toEqual({ stdout: '', asked: 1 })
})

test('a missing token is named where the server asks for one', async () => {
  await using server = await startScriptedServer([{ status: 401, body: problem(401, 'No token') }])
  const { stderr } = await runForTest({ argv: [...GATE, '--server', server.url] })
  expect(stderr).toContain('AFTERMATH_TOKEN')
})

test('a release that spans services is asked as one, and each service is told', async () => {
  const services = [ANSWER, { ...ANSWER, service: 'cart', decision: 'pass', verdict: 'ship' }]
  const several = { ...ANSWER, service: 'checkout, cart', services }
  await using server = await startScriptedServer([{ status: 200, body: several }])
  const { stdout, exitCode } = await runForTest({
    argv: [
      ...GATE,
      '--service',
      'cart',
      '--pass-on',
      'ship',
      '--require',
      'uat',
      '--server',
      server.url,
    ],
  })
  expect(GateSearch.parse(server.asked[0]?.search)).toMatchObject({
    service: ['checkout', 'cart'],
    version: ['2.4.0'],
    passOn: ['ship'],
    require: 'uat',
  })
  expect(stdout).toContain('  FAIL  checkout: roll back\n  PASS  cart: ship\n')
  expect(exitCode).toBe(1)
})

describe('ended by a signal', () => {
  test.each([
    { by: 'SIGINT', exitCode: 130 },
    { by: 'SIGTERM', exitCode: 143 },
  ])('$by says what was known and exits with $exitCode, never 0', async ({ by, exitCode }) => {
    await using server = await startScriptedServer([WAIT])
    const controller = new AbortController()
    const ran = await runForTest({
      argv: [...GATE, '--server', server.url, '--on-timeout', 'pass'],
      interruption: controller.signal,
      onPause: (elapsedMs) => elapsedMs >= 2000 && controller.abort(by),
    })
    expect(ran).toMatchObject({ exitCode, stdout: '' })
    expect(ran.stderr).toContain(`ended by ${by}. Undecided so far: Still collecting.`)
    expect(server.asked).toHaveLength(2)
  })

  test('while the server holds its answer back, the command does not wait for it', async () => {
    await using server = await startScriptedServer(['hold'])
    const controller = new AbortController()
    const running = runForTest({
      argv: [...GATE, '--server', server.url],
      interruption: controller.signal,
    })
    await server.nextAsked()
    controller.abort('SIGINT')
    expect(await running).toMatchObject({ exitCode: 130 })
  })
})

describe('the Markdown summary', () => {
  const evidence = Evidence.parse({
    signal: 'error_rate',
    scope: { operation: null, quantile: null, issue: null },
    unit: 'share',
    worse: 'higher',
    exposure: 'requests',
    candidate: { value: 0.031, n: 48_210 },
    baseline: { value: 0.005, n: 51_000 },
    estimate: 0.026,
    low: 0.019,
    high: 0.033,
    confidence: 0.95,
    minimumEffect: 0.00125,
    logE: 40,
    weightedLogE: 39,
    conclusion: 'worse',
    needed: 0,
    quantileNs: null,
  })
  const [reason] = ANSWER.reasons
  const told = { ...ANSWER, reasons: [{ ...reason!, evidence }] }

  test('shows the numbers, and lets nobody write markup or mention people', () => {
    const sentence = 'GET /<img src=x> | fails\n# for @everyone [here](http://evil)'
    expect(gateMarkdown({ ...told, sentence, service: 'check*out*' })).toBe(
      `### FAIL: check\\*out\\* 2.4.0 in production, roll back, major

GET /\\<img src=x\\> \\| fails \\# for @\u200beveryone \\[here\\]\\(http://evil\\)

- POST /checkout fails 2.6 points more often. (\`error_rate\`)

| signal | before | now | difference (95 %) | n |
| --- | --- | --- | --- | --- |
| error rate | 0.5 % | 3.1 % | +2.6 points (+1.9 points to +3.3 points) | 48,210 |

Compared with 2.3.9 (concurrent), data up to 2026-01-05T10:00:00Z. [Read on](<http://aftermath.test/releases/checkout/2.4.0>)

`,
    )
  })

  test('is appended where GitHub Actions takes it, or to the file that is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aftermath-gate-'))
    const [job, named] = [join(folder, 'job.md'), join(folder, 'named.md')]
    await writeFile(job, 'before\n')
    const run = async (...options: string[]) => {
      await using server = await startScriptedServer([{ status: 200, body: told }])
      const argv = [...GATE, '--server', server.url, ...options]
      return await runForTest({ argv, env: { GITHUB_STEP_SUMMARY: job }, cwd: folder })
    }
    expect(await run()).toMatchObject({ exitCode: 1, stderr: '' })
    expect(await readFile(job, 'utf8')).toMatch(/^before\n### FAIL: checkout 2\.4\.0/)
    await run('--summary', 'named.md')
    expect(await readFile(named, 'utf8')).toContain('| error rate |')
    const { exitCode, stderr } = await run('--summary', join(folder, 'none', 'gate.md'))
    expect(exitCode).toBe(1)
    expect(stderr).toContain('The summary is not written')
    await rm(folder, { recursive: true })
  })
})
