import { gzipSync } from 'node:zlib'
import type { Logger } from 'pino'
import { expect, test } from 'vitest'
import { protobufOf } from '../../test/project.ts'
import { checkBody, type BodyToCheck } from './check-body.ts'
import { openCheckPool } from './check-pool.ts'
import { openCheckThread } from './check-thread.ts'

const log = { error() {} } as unknown as Logger // the part that is used
const nowMs = Date.now()

function traces(spans: number): object {
  const one = (i: number) => ({
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: `GET /${i}`,
    startTimeUnixNano: String(BigInt(nowMs) * 1_000_000n),
  })
  return {
    resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: spans }, (_, i) => one(i)) }] }],
  }
}

function body(bytes: Uint8Array, more: Partial<BodyToCheck> = {}): BodyToCheck {
  const copy = Buffer.from(bytes) // what is checked is given away
  return {
    body: copy,
    encoding: 'identity',
    kind: 'traces',
    type: 'protobuf',
    receivedMs: nowMs,
    ...more,
  }
}

const large = protobufOf('traces', traces(3000))
const json = Buffer.from(JSON.stringify(traces(3000)))

test.each<[string, () => BodyToCheck]>([
  ['protobuf', () => body(large)],
  ['protobuf in gzip', () => body(gzipSync(large, { level: 1 }), { encoding: 'gzip' })],
  ['a small body that inflates to much', () => body(gzipSync(large), { encoding: 'gzip' })],
  ['JSON', () => body(json, { type: 'json' })],
])('%s comes out of the thread as out of the check itself', async (_what, make) => {
  await using pool = openCheckPool(log, 1)
  const kept = await pool.check(make())
  const expected = checkBody(make())
  expect(kept.checked.items).toBe(3000)
  expect(Buffer.from(kept.checked.bytes).equals(expected.checked.bytes)).toBe(true)
  expect({ ...kept.checked, bytes: 0 }).toEqual({ ...expected.checked, bytes: 0 })
})

test('memory is moved, not copied: the body is gone afterwards', async () => {
  await using pool = openCheckPool(log, 1)
  const given = body(large)
  await pool.check(given)
  expect(given.body.length).toBe(0)
})

test('a refusal of the thread is that of the check, with the place in the body', async () => {
  await using pool = openCheckPool(log, 1)
  const broken = Buffer.from(large)
  broken[0] = 0xff
  const refused = await pool.check(body(broken)).catch((error: unknown) => error)
  expect(refused).toMatchObject({ status: 400, reason: 'malformed' })
  expect(() => checkBody(body(broken))).toThrow((refused as Error).message)
})

test('what the thread of a dying check was asked is refused for now, and the next is checked', async () => {
  const dies = new URL(`data:text/javascript,${encodeURIComponent(DIES_ON_THE_FIRST)}`)
  await using thread = openCheckThread(log, dies)
  const asked = [thread.check(body(large)), thread.check(body(large))]
  for (const answer of await Promise.allSettled(asked)) {
    expect(answer).toMatchObject({
      status: 'rejected',
      reason: { status: 503, reason: 'overload' },
    })
  }
  expect(thread.waiting).toBe(0)
  const next = thread.check(body(large, { kind: 'logs' }))
  await expect(next).resolves.toMatchObject({ hint: 'of another thread' })
})

const DIES_ON_THE_FIRST = `
  import { parentPort } from 'node:worker_threads'
  parentPort.on('message', ({ id, kind }) => {
    if (kind === 'traces') throw new Error('a bug')
    parentPort.postMessage({ id, kept: { checked: {}, hint: 'of another thread' } })
  })`
