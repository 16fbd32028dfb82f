import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { post, traceRequest } from './harness/otlp-json.ts'
import { until } from './harness/until.ts'

let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector({ NODE_ENV: 'test' })
})
afterAll(() => collector[Symbol.asyncDispose]())

/** A request of one span that is found by its version. */
function request(version: string) {
  const span = { startMs: Date.now(), durationMs: 5, failed: false, route: '/pay' }
  return traceRequest({ service: 'pay', version, environment: 'production' }, [span])
}

async function restart(faults: string | undefined): Promise<void> {
  await collector.kill('SIGTERM')
  await collector.restart(faults === undefined ? {} : { AFTERMATH_FAULTS: faults })
}

async function storedVersions(prefix: string): Promise<string[]> {
  const rows = await collector.sql(
    `SELECT ResourceAttributes['service.version'] AS v FROM otel_traces WHERE startsWith(v, '${prefix}') ORDER BY v`,
  )
  return rows.map(([version]) => String(version))
}

async function problems(): Promise<string[]> {
  const answer = await fetch(`${collector.run.ingest}/readyz`)
  return ((await answer.json()) as { problems: string[] }).problems
}

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`${collector.run.ingest}/metrics`)).text()
  return Number(new RegExp(`^aftermath_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN)
}

const items = (outcome: string) =>
  figure(`ingest_items_total\\{protocol="http",signal="traces",outcome="${outcome}"\\}`)

/** Once each, some while requests come: short and failing writes, a sync, and two in a row. */
const FAULTS = [
  'journal.write:short:3',
  'journal.write:errno=ENOSPC:6',
  'journal.write:errno=EDQUOT:9',
  'journal.write:errno=EIO:12',
  'journal.sync:errno=EIO:30',
  'journal.sync:errno=EIO:40',
  'journal.sync:errno=EIO:41',
]

test('while the disk fails the answer is 503, and what was refused never comes back', async () => {
  await restart(FAULTS.join(','))
  const prefix = randomUUID()
  const acknowledged: string[] = []
  const seen = new Set<string>()
  for (let i = 0; acknowledged.length < 45; i++) {
    const version = `${prefix}-${i}`
    const { status, headers } = await post(collector.run.ingest, 'traces', request(version))
    if (status === 200) {
      acknowledged.push(version)
      continue
    }
    expect(status).toBe(503)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    for (const code of await problems()) seen.add(code)
    await setTimeout(100) // as a sender would, though sooner
  }
  expect([...seen]).toEqual(expect.arrayContaining(['disk_full', 'journal_failed']))

  await restart(undefined)
  await until('all that was acknowledged is stored', async () =>
    (await storedVersions(prefix)).length >= acknowledged.length ? true : undefined,
  )
  expect(await storedVersions(prefix)).toEqual(acknowledged.toSorted())
}, 120_000)

test('a sender that did not see its answer may send again: the spans are stored once', async () => {
  await restart('journal.sync:delay=500:1+') // nobody is answered before it hangs up
  const version = randomUUID()
  const body = Buffer.from(JSON.stringify(request(version)))

  const { hostname, port } = new URL(collector.run.ingest)
  const socket = connect(Number(port), hostname)
  const head = `POST /v1/traces HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  await new Promise<void>((resolve) =>
    socket.write(Buffer.concat([Buffer.from(head), body]), () => resolve()),
  )
  socket.destroy()
  await until('the request is in the journal', async () =>
    (await figure('journal_bytes')) > 100 ? true : undefined,
  )

  const sendAgain = () =>
    fetch(`${collector.run.ingest}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
  expect((await sendAgain()).status).toBe(200)
  expect(await figure('resend_folded_total')).toBe(1)
  expect(await items('accepted'), 'become rows').toBe(1)
  expect(await items('folded'), 'are there already').toBe(1)
  await restart(undefined)
  await until('the spans are stored', async () =>
    (await storedVersions(version)).length > 0 ? true : undefined,
  )
  expect(await storedVersions(version)).toEqual([version])
})
