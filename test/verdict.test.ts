import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DecisionAnswer } from '@aftermath/schemas/api/decisions'
import { SloAnswer } from '@aftermath/schemas/api/slos'
import { GateAnswer } from '@aftermath/schemas/api/gate'
import { CompareAnswer } from '@aftermath/schemas/api/compare'
import {
  OperationsAnswer,
  ReleaseAnswer,
  ReleaseHistoryAnswer,
  ReleaseLatencyAnswer,
  ReleaseProofAnswer,
} from '@aftermath/schemas/api/releases'
import { PolicyAnswer } from '@aftermath/schemas/api/policy'
import { ReplayAnswer } from '@aftermath/schemas/api/replay'
import { SqlAnswer } from '@aftermath/schemas/api/sql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assessed, gateMetric, measured, type Phase } from './harness/argo-rollouts.ts'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest, type SpanFacts } from './harness/otlp-json.ts'
import { seededRandom } from './harness/random.ts'
import { until } from './harness/until.ts'
import { webhookOf } from './harness/flagger.ts'

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
  await Promise.all([
    sendHistory('worse', { before: 0.005, after: 0.03 }),
    sendHistory('alike', { before: 0.005, after: 0.005 }),
    sendHistory('slower', { before: 0.005, after: 0.005, slowdown: 1.6 }),
    sendHistory('beside', { before: 0.005, after: 0.03, oldStays: true }),
  ])
})
afterAll(() => collector[Symbol.asyncDispose]())

const MINUTES_BEFORE = 100
const MINUTES_AFTER = 40
const PER_MINUTE = 8 * 60

type Rates = { before: number; after: number; oldStays?: boolean; slowdown?: number }

/** 100 minutes of 1.0.0, then 40 of 1.1.0, 8 requests a second, sent in one go with their event times. */
async function sendHistory(service: string, rates: Rates) {
  const random = seededRandom(7)
  const startMs = Date.now() - (MINUTES_BEFORE + MINUTES_AFTER + 1) * 60_000
  const phases = [
    {
      version: '1.0.0',
      from: 0,
      until: MINUTES_BEFORE + (rates.oldStays === true ? MINUTES_AFTER : 0),
      rate: rates.before,
    },
    {
      version: '1.1.0',
      from: MINUTES_BEFORE,
      until: MINUTES_BEFORE + MINUTES_AFTER,
      rate: rates.after,
    },
  ]
  for (const { version, from, until: end, rate } of phases) {
    for (let minute = from; minute < end; minute += 10) {
      const spans = Array.from({ length: 10 * PER_MINUTE }, (_, i): SpanFacts => ({
        startMs: startMs + minute * 60_000 + i * 125,
        durationMs: (10 + 20 * random()) * (version === '1.1.0' ? (rates.slowdown ?? 1) : 1),
        failed: random() < rate,
        route: random() < 0.5 ? '/cart' : '/checkout',
      }))
      const resource = { service, version, environment: 'production' }
      const request = traceRequest(resource, spans)
      // A busy machine may have it sent again, as an exporter would.
      const status = await until('the spans are taken or refused for good', async () => {
        const answer = await post(collector.run.ingest, 'traces', request)
        return answer.status === 503 ? undefined : answer.status
      })
      expect(status).toBe(200)
    }
  }
}

async function judged(service: string) {
  return until(
    `${service} 1.1.0 has a judgement of all its minutes`,
    async () => {
      const answer = await collector.api(`/api/v1/releases/${service}/1.1.0`)
      if (answer.status === 404) return undefined
      const { data } = ReleaseAnswer.parse(await answer.json())
      const requests = data.evidence.find(({ scope }) => scope.operation === null)?.candidate.n ?? 0
      return requests > (MINUTES_AFTER - 8) * PER_MINUTE ? data : undefined
    },
    STORED_MS,
  )
}

/** The first to ask waits until all that was sent is stored, which a busy machine takes its time for. */
const STORED_MS = 150_000

test(
  'a release that fails six times as often is to be rolled back, by page and by gate',
  { timeout: STORED_MS },
  async () => {
    const release = await judged('worse')
    expect(['roll_back', 'patch']).toContain(release.verdict)
    expect(release.severity).not.toBeNull()
    expect(release.baseline).toMatchObject({ version: '1.0.0', kind: 'previous_window' })
    const errors = release.evidence.find(
      ({ signal, scope }) => signal === 'error_rate' && scope.operation === null,
    )
    expect(errors?.conclusion).toBe('worse')
    expect(errors?.low).toBeGreaterThan(0)
    expect(errors?.low).toBeLessThan(0.025)
    expect(errors?.high).toBeGreaterThan(0.025)

    const answer = await collector.api(
      '/api/v1/gate?service=worse&version=1.1.0&environment=production',
    )
    const gate = GateAnswer.parse(await answer.json())
    expect(gate).toMatchObject({
      decision: 'fail',
      verdict: release.verdict,
      sentence: release.sentence,
    })
  },
)

test('a release that fails as often as before is not accused', async () => {
  const release = await judged('alike')
  expect(['insufficient_data', 'ship', 'watch']).toContain(release.verdict)
  expect(release.severity).toBeNull()
  const answer = await collector.api(
    '/api/v1/gate?service=alike&version=1.1.0&environment=production',
  )
  expect(GateAnswer.parse(await answer.json()).decision).not.toBe('fail')
})

test.each(['worse', 'alike', 'beside', 'slower'])(
  'the SQL shown for %s gives the numbers of its sentence again',
  async (service) => {
    const release = await judged(service)
    const answer = await collector.api(`/api/v1/releases/${service}/1.1.0/proof`)
    const { data } = ReleaseProofAnswer.parse(await answer.json())
    expect(data.sentence).toBe(release.sentence)
    const said = data.checks.flatMap(({ expects }) => expects.map((one) => one.said))
    expect(said.filter((words) => words !== null)).not.toEqual([])
    for (const { sql, expects } of data.checks) {
      const counted = await collector.api('/api/v1/sql', {
        method: 'POST',
        body: JSON.stringify({ query: sql }),
        headers: { 'content-type': 'application/json' },
      })
      const { data: rows, meta } = SqlAnswer.parse(await counted.json())
      expect(rows).toHaveLength(1)
      for (const { column, value } of expects) {
        const at = meta.columns.findIndex(({ name }) => name === column)
        expect(Number(rows[0]![at]), column).toBeCloseTo(value, value > 1000 ? 2 : 9)
      }
    }
  },
)

test('what was said then can be asked for, minute by minute', async () => {
  const release = await judged('worse')
  const answer = await collector.api('/api/v1/releases/worse/1.1.0/history')
  const { data: history } = ReleaseHistoryAnswer.parse(await answer.json())
  expect(history.changes.at(-1)).toMatchObject({ verdict: release.verdict })
  const at = encodeURIComponent(history.until)
  const then = await collector.api(`/api/v1/releases/worse/1.1.0?at=${at}`)
  const { data: replayed } = ReleaseAnswer.parse(await then.json())
  expect(replayed.replay?.at).toBe(history.until)
  const [stored] = await collector.sql(
    `SELECT body FROM verdicts WHERE service = 'worse' AND version = '1.1.0' ORDER BY inputs_until DESC, judged_at DESC LIMIT 1`,
  )
  const { verdict, sentence, evidence } = JSON.parse(String(stored![0])) as typeof release
  expect({ ...replayed, evidence: replayed.evidence }).toMatchObject({ verdict, sentence })
  expect(replayed.evidence).toEqual(evidence)

  const before = await collector.api('/api/v1/releases/worse/1.1.0?at=2020-01-01T00:00:00Z')
  expect(before.status).toBe(404)
})

test('operations and durations stand beside the baseline’s, with what is uncertain about them', async () => {
  await judged('worse')
  const operations = await collector.api('/api/v1/releases/worse/1.1.0/operations')
  const { data: rows } = OperationsAnswer.parse(await operations.json())
  expect(rows.map(({ operation }) => operation).toSorted()).toEqual([
    'POST /cart',
    'POST /checkout',
  ])
  for (const { candidate, errorRate, p95 } of rows) {
    expect(candidate.requestsPerMinute).toBeGreaterThan(PER_MINUTE / 3)
    expect(errorRate!.low).toBeLessThan(0.025)
    expect(errorRate!.high).toBeGreaterThan(0.025)
    expect(p95!.lowNs).toBeLessThan(0)
    expect(p95!.highNs).toBeGreaterThan(0)
  }
  const damage = rows.reduce((sum, { damageShare }) => sum + damageShare!, 0)
  expect(damage).toBeCloseTo(1, 6)

  const latency = await collector.api(
    '/api/v1/releases/worse/1.1.0/latency?operation=POST%20%2Fcart',
  )
  const { data } = ReleaseLatencyAnswer.parse(await latency.json())
  expect(data.shapeDiffers).toBe(false)
  expect(data.candidate.requests).toBe(
    rows.find(({ operation }) => operation === 'POST /cart')!.candidate.requests,
  )
  const inHeatmap = data.heatmap.rows.flat().reduce((sum, count) => sum + count, 0)
  expect(inHeatmap).toBe(data.candidate.requests)
})

test.each(['deployment', 'clock'])(
  'two releases compared by %s: swapping them mirrors every interval',
  async (align) => {
    await judged('beside')
    const compare = async (base: string, target: string) => {
      const query = new URLSearchParams({ service: 'beside', base, target, align })
      const answer = await collector.api(`/api/v1/compare?${query.toString()}`)
      return CompareAnswer.parse(await answer.json()).data
    }
    const there = await compare('1.0.0', '1.1.0')
    const back = await compare('1.1.0', '1.0.0')
    expect(there.evidence[0]).toMatchObject({ signal: 'error_rate', conclusion: 'worse' })
    expect(there.differentHours).toBe(align === 'deployment')
    for (const [k, row] of there.evidence.entries()) {
      expect(back.evidence[k]!.scope).toEqual(row.scope)
      expect(back.evidence[k]!.low).toBeCloseTo(-row.high!, 9)
      expect(back.evidence[k]!.high).toBeCloseTo(-row.low!, 9)
    }
  },
)

test('a release is judged against another one that is named, for whoever asks', async () => {
  const counts = await judged('beside')
  const answer = await collector.api('/api/v1/releases/beside/1.1.0?baseline=1.0.0')
  const { data } = ReleaseAnswer.parse(await answer.json())
  expect(data.baseline).toMatchObject({ version: '1.0.0', kind: 'named' })
  expect(data.verdict).toBe(counts.verdict)
  expect(data.policyVersion).not.toBe(counts.policyVersion)
  const proof = await collector.api('/api/v1/releases/beside/1.1.0/proof?baseline=1.0.0')
  expect(ReleaseProofAnswer.parse(await proof.json()).data.checks).not.toEqual([])

  const unknown = await collector.api('/api/v1/releases/beside/1.1.0?baseline=0.9.9')
  expect(unknown.status).toBe(400)
})

test('a release is not compared with itself', async () => {
  const answer = await collector.api('/api/v1/compare?service=beside&base=1.1.0&target=1.1.0')
  expect(answer.status).toBe(400)
})

test('both releases are stored span by span, and the roll-up equals them', async () => {
  const spans = ((MINUTES_BEFORE + MINUTES_AFTER) * 4 + MINUTES_AFTER) * PER_MINUTE
  expect(await collector.sql('SELECT count() FROM otel_traces')).toEqual([[spans]])
  const recount = `SELECT toStartOfMinute(Timestamp), ServiceName, count(), countIf(StatusCode = 'Error')
    FROM otel_traces GROUP BY 1, 2 ORDER BY 2, 1`
  const rollup = `SELECT minute, service, sum(count), sum(errors)
    FROM operation_minutes GROUP BY 1, 2 ORDER BY 2, 1`
  const numbers = (rows: unknown[][]) => rows.map(([, ...rest]) => rest)
  expect(numbers(await collector.sql(rollup))).toEqual(numbers(await collector.sql(recount)))
})

const run = promisify(execFile)
const command = fileURLToPath(new URL('../packages/cli/bin/aftermath.mjs', import.meta.url))

test('an objective of a file counts what was before it, pages, and names who spent its budget', async () => {
  const file = join(collector.dataDir, 'slos.yaml')
  await writeFile(
    file,
    'slos:\n  - { id: worse-answers, service: worse, sli: { kind: availability }, target: 0.999 }\n',
  )
  const env = {
    ...process.env,
    AFTERMATH_URL: collector.run.app,
    AFTERMATH_TOKEN: collector.adminToken,
  }
  const applied = await run(process.execPath, [command, 'slo', 'apply', file], { env })
  expect(applied.stdout).toContain('Defined worse-answers')

  const slo = await until('the objective is counted', async () => {
    const answer = await collector.api('/api/v1/slos/worse-answers')
    const { data } = SloAnswer.parse(await answer.json())
    return data.countedUntil === null ? undefined : data
  })
  const counted = (version: string) => slo.releases.find((one) => one.version === version)!
  expect(slo.total).toBe((MINUTES_BEFORE + MINUTES_AFTER) * PER_MINUTE)
  expect(counted('1.1.0').total).toBe(MINUTES_AFTER * PER_MINUTE)
  expect(counted('1.1.0').baseline?.version).toBe('1.0.0')
  expect(counted('1.1.0').spent).toBeGreaterThan(0.5)
  expect(slo.releases[0]?.version).toBe('1.1.0')
  expect(slo.firings.some(({ severity }) => severity === 'page')).toBe(true)
  expect(slo.series.left.at(-1)).toBeCloseTo(slo.budgetLeft!, 9)

  const listed = await run(process.execPath, [command, 'slo', 'list'], { env })
  expect(listed.stdout).toContain(slo.sentence)
  await run(process.execPath, [command, 'slo', 'drop', 'worse-answers'], { env })
  expect((await collector.api('/api/v1/slos/worse-answers')).status).toBe(404)
})

test('a version that never sent anything has the gate wait', async () => {
  const answer = await collector.api(
    '/api/v1/gate?service=worse&version=9.9.9&environment=production',
  )
  const gate = GateAnswer.parse(await answer.json())
  expect(gate.decision).toBe('wait')
  expect(gate.reasons.map(({ code }) => code)).toEqual(['not_seen'])
})

test('a stored verdict is made again from what it was made of', async () => {
  const { verdict } = await judged('worse')
  const answer = await collector.api('/api/v1/releases/worse/1.1.0/replay')
  const body: unknown = await answer.json()
  expect(body).toMatchObject({ data: { same: true } })
  const { data } = ReplayAnswer.parse(body)
  expect(data).toMatchObject({ same: true, difference: null, sameCode: true, verdict })
})

test('what a service wants otherwise is judged by from then on, and an impossible wish is refused', async () => {
  const { policyVersion: before } = await judged('alike')
  const wish = (overrides: object, after: number) =>
    collector.api('/api/v1/policy', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        service: 'alike',
        overrides,
        note: 'slow to warm up',
        by: 'ann',
        after,
      }),
    })
  const first = await wish({ warmupMinutes: 7 }, 0)
  expect(first.status).toBe(201)
  const { data } = PolicyAnswer.parse(await first.json())
  expect(data).toMatchObject({ own: { warmupMinutes: 7 }, history: [{ version: 1, by: 'ann' }] })
  const judgedBy = await until('a verdict by the new policy', async () => {
    const { policyVersion } = await judged('alike')
    return policyVersion === before ? undefined : policyVersion
  })
  expect(judgedBy).toBe(data.policy.version)
  expect((await wish({}, 0)).status).toBe(409)
  const weights = Object.fromEntries(Object.keys(data.policy.weights).map((id) => [id, 0]))
  const refused = await wish({ weights }, 1)
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain('service: weights')
})

async function gateOf(search: string): Promise<GateAnswer> {
  const answer = await collector.api(`/api/v1/gate?${search}`)
  expect(answer.status).toBe(200)
  return GateAnswer.parse(await answer.json())
}

async function decide(service: string, action: string) {
  const answer = await collector.api('/api/v1/decisions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ service, version: '1.1.0', action, reason: 'a test', by: 'Ada' }),
  })
  expect(answer.status).toBe(201)
  return DecisionAnswer.parse(await answer.json()).data
}

async function undo({ id }: { id: string }) {
  expect((await collector.api(`/api/v1/decisions/${id}/undo`, { method: 'POST' })).status).toBe(200)
}

test.each([
  ['service=wrose&version=1.1.0&environment=production', 'unknown_service', /: .*\bworse\b/],
  ['service=worse&version=1.1.0&environment=prod', 'unknown_environment', /from production\.$/],
  ['service=worse&version=9.9&environment=production', 'not_seen', /worse 9\.9 .* from production/],
])('%s waits, as %s', async (search, code, says) => {
  const gate = await gateOf(search)
  expect(gate).toMatchObject({ decision: 'wait', verdict: 'insufficient_data' })
  expect(gate.reasons[0]?.code).toBe('not_seen')
  expect(gate.reasons.at(-1)).toMatchObject({ code, sentence: expect.stringMatching(says) })
})

test('a release that spans services fails with the one that does harm', async () => {
  const gate = await gateOf('environment=production&service=alike&service=worse&version=1.1.0')
  expect(gate).toMatchObject({ decision: 'fail', service: 'alike, worse', version: '1.1.0' })
  expect(gate.sentence).toMatch(/^worse: /)
  expect(gate.services?.map(({ service }) => service)).toEqual(['alike', 'worse'])
})

test('people’s decisions win, at once for all who wait, and what is taken back counts no more', async () => {
  const search = 'environment=production&service=alike&version=1.1.0'
  const held = await decide('alike', 'hold')
  const gate = await gateOf(search)
  expect([gate.decision, gate.reasons[0]?.code]).toEqual(['wait', 'held'])
  const waiting = Array.from({ length: 60 }, () => gateOf(`${search}&wait=60`))
  await undo(held)
  const accepted = await decide('alike', 'accept')
  const answers = await Promise.all(waiting)
  expect(answers.every(({ decision }) => decision === 'pass')).toBe(true)
  await undo(accepted)
  await decide('alike', 'roll_back')
  const failed = await gateOf(`${search}&wait=60`)
  expect([failed.decision, failed.reasons[0]?.code]).toEqual(['fail', 'decided_roll_back'])
  expect(failed.reasons[0]?.sentence).toBe('Ada decided to roll back 1.1.0: a test')
})

describe('Argo Rollouts, with the template of the docs', () => {
  const measure = async (service: string, version = '1.1.0') => {
    const args = { service, version, environment: 'production', token: collector.adminToken }
    return measured(await gateMetric(), args, collector.run.app)
  }

  test('a bad release fails, one that a person accepted succeeds, an unseen one is inconclusive', async () => {
    expect(await measure('worse')).toBe('Failed')
    await decide('alike', 'accept')
    expect(await measure('alike')).toBe('Successful')
    expect(await measure('alike', '9.9.9')).toBe('Inconclusive')
  })

  test('one pass goes on, one fail aborts, and thirty times undecided is no success', async () => {
    const metric = await gateMetric()
    const waits = (count: number) => Array<Phase>(count).fill('Inconclusive')
    expect(assessed(metric, [...waits(3), 'Successful'])).toBe('Successful')
    expect(assessed(metric, [...waits(3), 'Failed'])).toBe('Failed')
    expect(assessed(metric, waits(29))).toBe('Running')
    expect(assessed(metric, waits(30))).toBe('Inconclusive')
    expect(assessed(metric, Array<Phase>(10).fill('Error'))).toBe('Running')
  })
})

describe('Flagger, with the canary of the docs', () => {
  const call = async (hook: string, service: string, more: Record<string, string> = {}) => {
    const { metadata, url } = await webhookOf(hook)
    const answer = await fetch(`${collector.run.app}${new URL(url).pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: service,
        namespace: 'shop',
        phase: 'Progressing',
        checksum: '85d557f47b',
        metadata: { ...metadata, service, version: '1.1.0', token: collector.adminToken, ...more },
      }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const statuses = async (service: string, version = '1.1.0') => {
    const hooks = ['rollout', 'confirm-traffic-increase', 'confirm-promotion', 'rollback']
    const answers = hooks.map((hook) => call(hook, service, { version }))
    return (await Promise.all(answers)).map(({ status }) => status)
  }

  test('each webhook says yes by 200 and no by 412', async () => {
    expect(await statuses('worse')).toEqual([412, 412, 412, 200])
    expect(await statuses('worse', '9.9.9')).toEqual([200, 200, 412, 412]) // before its first traffic
    await decide('alike', 'hold')
    expect(await statuses('alike')).toEqual([200, 412, 412, 412])
    await decide('alike', 'accept')
    expect(await statuses('alike')).toEqual([200, 200, 200, 412])
  })

  test('the reason is the text, for Flagger’s events', async () => {
    const { text } = await call('rollout', 'worse')
    expect(text).toMatch(/^fail: .+\nhttp.+\/releases\/worse\/1\.1\.0\?env=production\n$/)
  })

  test('without a version or a token nothing is guessed: no, and never a roll back', async () => {
    expect(await call('rollback', 'worse', { version: '' })).toMatchObject({ status: 400 })
    expect(await call('rollback', 'worse', { token: 'guessed' })).toMatchObject({ status: 401 })
  })
})
