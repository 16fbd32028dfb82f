import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../harness/random.ts'
import { until } from '../harness/until.ts'
import { openLedger, type Attempt, type Kind } from './ledger.ts'
import { verify } from './oracle.ts'
import { engineDirOf, openEngine, type Engine } from './read-engine.ts'
import { startSenders } from './senders.ts'
import { openVictim } from './victim.ts'

// An oracle that says yes to everything proves nothing: here it sees each kind of wrong.

const ledger = openLedger(7)
const databases = ['aftermath_default']
const closing = new AsyncDisposableStack()
let engine: Engine
beforeAll(async () => {
  const victim = closing.use(await openVictim())
  await using senders = startSenders({
    ledger,
    random: seededRandom(7),
    victim,
  })
  await until('enough is taken and refused', () => {
    const { acknowledged, refused } = ledger.totals()
    return acknowledged > 3000 && refused > 0 ? true : undefined
  })
  await senders.stop()
  await victim.quiet()
  await victim.life.end('SIGTERM')
  engine = closing.use(await openEngine(engineDirOf(victim.dataDir)))
})
afterAll(() => closing[Symbol.asyncDispose]())

const ask = (explained?: Set<number>) =>
  verify({ ledger, read: engine.read, databases, ...(explained && { explained }) })

function oneOf(kind: Kind, nth = 0): Attempt {
  const fit = ledger.attempts.filter((one) => one.kind === kind && one.answer === 'acknowledged')
  return fit.filter(({ items }) => items > 2)[nth]!
}
const rowsOf = ({ no }: Attempt) =>
  `reinterpretAsUInt32(reverse(unhex(substring(SpanId, 1, 8)))) = ${no}`

test('finds everything in order where it is', async () => {
  const { figures, failures } = await ask()
  expect(failures).toEqual([])
  expect(figures['stored']).toBe(figures['acknowledged']! + figures['unansweredStored']!)
  expect(figures['refused']).toBeGreaterThan(0)
})

test('sees what was acknowledged and is not there, unless a dead letter explains it', async () => {
  const missing = ledger.add({ kind: 'logs', database: databases[0]!, items: 5, itemsRefused: 0 })
  missing.answer = 'acknowledged'
  expect((await ask()).figures).toMatchObject({ lost: 5 })
  expect((await ask(new Set([missing.no]))).failures).toEqual([])
  missing.answer = 'unanswered'
  expect((await ask()).failures).toEqual([])
})

test('sees what was refused and is there', async () => {
  const attempt = oneOf('metrics')
  attempt.answer = 'refused'
  expect((await ask()).figures).toMatchObject({ revived: attempt.items })
  attempt.answer = 'acknowledged'
})

test('sees one row twice', async () => {
  const attempt = oneOf('logs')
  await engine.read(
    `INSERT INTO otel_logs SELECT * FROM otel_logs WHERE ${rowsOf(attempt)} LIMIT 1`,
    databases[0],
  )
  expect((await ask()).figures).toMatchObject({ doubled: attempt.items })
})

test('sees one row missing, and a roll-up that still counts it', async () => {
  const attempt = oneOf('traces')
  await engine.read(
    `ALTER TABLE otel_traces DELETE WHERE ${rowsOf(attempt)} AND endsWith(SpanId, '00000001')
      SETTINGS mutations_sync = 2`,
    databases[0],
  )
  const { figures } = await ask()
  expect(figures).toMatchObject({ partial: attempt.items })
  expect(figures['rollUpDifferences']).toBeGreaterThan(0)
})

test('sees rows that nobody sent', async () => {
  await engine.read(
    `INSERT INTO otel_logs (Timestamp, TraceId, SpanId) VALUES (now64(9), 'ff', 'ee')`,
    databases[0],
  )
  expect((await ask()).figures).toMatchObject({ foreign: 1 })
})
