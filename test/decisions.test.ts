import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import {
  CalibrationAnswer,
  DecisionAnswer,
  LedgerAnswer,
  type NewDecision,
} from '@aftermath/schemas/api/decisions'
import { ReleaseAnswer } from '@aftermath/schemas/api/releases'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
  const span = { startMs: Date.now(), durationMs: 5, failed: false, route: '/' }
  const resource = { service: 'shop', version: '1.1.0', environment: 'production' }
  expect((await post(collector.run.ingest, 'traces', traceRequest(resource, [span]))).status).toBe(
    200,
  )
  await until('the release is known', async () => {
    const answer = await collector.api('/api/v1/releases/shop/1.1.0')
    return answer.ok ? true : undefined
  })
})
afterAll(() => collector[Symbol.asyncDispose]())

type Sent = Partial<z.input<typeof NewDecision>>

function send(body: Sent, headers: Record<string, string> = {}): Promise<Response> {
  return collector.api('/api/v1/decisions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ service: 'shop', version: '1.1.0', ...body }),
  })
}

async function decide(body: Sent, headers: Record<string, string> = {}) {
  const answer = await send(body, headers)
  expect(answer.status).toBe(201)
  return DecisionAnswer.parse(await answer.json()).data
}

async function ledger(search = '') {
  const answer = await collector.api(`/api/v1/decisions?${search}`)
  return LedgerAnswer.parse(await answer.json())
}

test('a decision is kept with who, why and against which verdict, and shows on the release', async () => {
  const decision = await decide({ action: 'accept', reason: 'Known, mended in 1.1.1', by: 'Ada' })
  expect(decision).toMatchObject({
    environment: 'production',
    reason: 'Known, mended in 1.1.1',
    by: 'Ada',
    via: 'token',
    verdict: 'insufficient_data',
    override: false,
    undoneAt: null,
  })
  const [entry] = (await ledger()).data
  expect(entry).toMatchObject({ ...decision, outcome: { advice: 'no_claim' } })
  const release = await collector.api('/api/v1/releases/shop/1.1.0')
  expect(ReleaseAnswer.parse(await release.json()).data.decision).toEqual(decision)
})

test('sent twice with one key it is one decision, and the ledger pages through without a gap', async () => {
  const headers = { 'idempotency-key': 'click-7' }
  const first = await decide({ action: 'patch' }, headers)
  const again = await decide({ action: 'patch' }, headers)
  expect(again).toEqual(first)
  await decide({ action: 'uat' })

  const whole = (await ledger('version=1.1.0')).data.map(({ id }) => id)
  const paged: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = await ledger(`limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...page.data.map(({ id }) => id))
    cursor = page.meta.nextCursor
  }
  expect(paged).toEqual(whole)
  expect(whole.filter((id) => id === first.id)).toHaveLength(1)
  expect((await ledger('action=uat')).data.map(({ action }) => action)).toEqual(['uat'])
  expect((await ledger('override=true')).data).toEqual([])
})

test('a decision can be taken back within ten seconds: it stays in the ledger and stands no more', async () => {
  const before = await decide({ action: 'patch' })
  const { id } = await decide({ action: 'hold', reason: 'wait for the on-call' })
  const undo = async (of: string) => {
    const answer = await collector.api(`/api/v1/decisions/${of}/undo`, { method: 'POST' })
    return answer.status === 200 ? DecisionAnswer.parse(await answer.json()).data : answer.status
  }
  const undone = await undo(id)
  expect(undone).toMatchObject({ id, undoneAt: expect.stringMatching(/Z$/) })
  expect(await undo(id)).toEqual(undone)
  expect(await undo('dec_unknown')).toBe(404)
  expect((await ledger('undone=true')).data.map((one) => one.id)).toEqual([id])
  const release = await collector.api('/api/v1/releases/shop/1.1.0')
  expect(ReleaseAnswer.parse(await release.json()).data.decision?.id).toBe(before.id)
})

test.each<[Sent, number, RegExp]>([
  [{ action: 'accept' }, 400, /reason: accept and hold need a reason/],
  [{ action: 'accept', reason: '   ' }, 400, /need a reason/],
  [{ action: 'ship' as 'uat' }, 400, /action/],
  [{ action: 'patch', against: 'roll_back' }, 409, /insufficient_data by now, not roll_back/],
  [{ action: 'patch', version: '9.9.9' }, 404, /shop 9\.9\.9 was not seen in production\./],
  [{ action: 'patch', service: 'shpo' }, 404, /No service of this name/],
  [{ action: 'patch', environment: 'prod' }, 404, /not seen in prod\. It was in production\./],
])('%o is refused with %i, saying why', async (body, status, says) => {
  const answer = await send(body)
  expect(answer.status).toBe(status)
  expect(((await answer.json()) as { detail: string }).detail).toMatch(says)
})

test('calibration prints its rule, and does not judge by a handful', async () => {
  const answer = await collector.api('/api/v1/decisions/calibration')
  const { data } = CalibrationAnswer.parse(await answer.json())
  expect(data).toMatchObject({ enough: false, missed: 0, falseRollBacks: { observed: 0 } })
  expect(data.rule).toMatch(/within 7 days/)
  expect(data.decisions.made).toBeGreaterThan(0)
})

test('every call of the page of the HTTP API is answered', async (context) => {
  const text = await readFile(new URL('../docs/http-api.md', import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!)
  const calls = blocks.filter((block) => block.includes('curl '))
  expect(calls.length).toBeGreaterThan(5)
  const script = [
    `TOKEN=${collector.adminToken}`,
    `curl() { command curl -sS -o /dev/null -w '%{http_code}\\n' "$@"; }`,
    ...calls.map((block) => block.replace(/^TOKEN=.*$/m, '')),
  ]
    .join('\n')
    .replaceAll('http://127.0.0.1:4380', collector.run.app)
    .replaceAll('wait=60', 'wait=1')
  const { stdout } = await promisify(execFile)('bash', ['-c', script]).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      context.skip('there is no bash, or no curl')
    }
    throw error
  })
  const statuses = stdout.trim().split('\n')
  expect(statuses.length).toBeGreaterThanOrEqual(calls.length)
  // Nobody sent the metric that the page asks for.
  expect(statuses.filter((status) => !/^20[01]$/.test(status))).toEqual(['404'])
})
