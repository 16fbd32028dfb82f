import { checkRequest, countRows, type RowCounts, type SignalKind } from '@aftermath/otlp/check'
import { jsonToProtobuf } from '@aftermath/otlp/json-request'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attribute } from '../../../../packages/otlp/test/encode.ts'
import { mutants, type Mutant } from '../../../../packages/otlp/test/mutants.ts'
import { take as takeItem } from '../../../../packages/otlp/test/first-item.ts'
import { request, span } from '../../../../packages/otlp/test/requests.ts'
import { seededRandom } from '../../../../test/harness/random.ts'
import { openProject, type Project } from '../../../test/project.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const REQUESTS = 20_000
const REQUESTS_PER_BATCH = 2000
/** About ten seconds of work; machines are shared. */
const TEST_MS_MAX = 300_000
const LIMITS = { receivedMs: Date.now(), retentionMs: 30 * 86_400_000 }
/** Of one request, however busy the machine is. */
const CPU_MS_MAX = 1000

type Taken = { bytes: Uint8Array; rows: RowCounts }

/** What the collector does with a body before it is written. @returns undefined if it is refused */
function take({ kind, type, bytes }: Mutant): Taken | undefined {
  const converted =
    type === 'json' ? jsonToProtobuf(kind, bytes) : ({ outcome: 'ok', bytes } as const)
  const outcome =
    converted.outcome === 'ok' ? checkRequest(kind, converted.bytes, LIMITS) : converted
  if (outcome.outcome === 'ok') return { bytes: outcome.bytes, rows: outcome.rows }
  expect(outcome.message).not.toBe('')
  if (outcome.outcome === 'malformed') {
    expect(outcome.path).toMatch(/^[\w[\].\- ]*$/)
    named.push(outcome.path !== '')
  }
  return undefined
}
const named: boolean[] = []

const TABLES: Record<SignalKind, string[]> = {
  traces: ['otel_traces'],
  logs: ['otel_logs'],
  metrics: ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(
    (kind) => `otel_metrics_${kind}`,
  ),
}

let batches = 1n

/** Whether the engine takes the requests and makes of them the rows that the check said. */
async function isStored(kind: SignalKind, taken: readonly Taken[]): Promise<boolean> {
  const batch = batches++
  try {
    await project.store(
      kind,
      taken.map(({ bytes }) => bytes),
      batch,
    )
  } catch {
    return false
  }
  for (const table of TABLES[kind]) {
    const [row] = await project.read(`SELECT count() AS rows FROM ${table} WHERE _batch = ${batch}`)
    const expected = taken.reduce(
      (sum, { rows }) => sum + ((rows as Record<string, number>)[table] ?? 0),
      0,
    )
    if (Number(row?.['rows']) !== expected) return false
  }
  return true
}

/** The requests of a batch that the engine does not store as was said. */
async function culprits(kind: SignalKind, taken: readonly Taken[]): Promise<string[]> {
  if (await isStored(kind, taken)) return []
  if (taken.length === 1) return [`${kind} ${Buffer.from(taken[0]!.bytes).toString('base64')}`] // of length 1
  const half = Math.ceil(taken.length / 2)
  const first = await culprits(kind, taken.slice(0, half))
  return first.length > 0 ? first : culprits(kind, taken.slice(half))
}

// Found by longer runs than the one below.
test('a number of ten bytes, of which the last says nothing, is stored', async () => {
  const padded = Uint8Array.from([0x18, ...Array<number>(9).fill(0xff), 0])
  const { bytes, rows } = takeItem('traces', request(span(attribute(9, 'a', padded))))
  expect(await culprits('traces', [{ bytes, rows }])).toEqual([])
})

test(
  `of ${REQUESTS.toLocaleString('en')} mutated requests the engine stores all that the check accepts, row by row`,
  async () => {
    const next = mutants(seededRandom(15), LIMITS.receivedMs)
    const waiting: Record<SignalKind, Taken[]> = { traces: [], logs: [], metrics: [] }
    let accepted = 0
    let worstMs = 0
    const wrong: string[] = []
    for (let i = 0; i < REQUESTS; i++) {
      const mutant = next()
      const before = process.cpuUsage()
      const taken = take(mutant)
      const used = process.cpuUsage(before)
      worstMs = Math.max(worstMs, (used.user + used.system) / 1000)
      if (taken === undefined) continue
      accepted++
      // Checked bytes are settled: checking them again changes nothing.
      expect(checkRequest(mutant.kind, taken.bytes, LIMITS)).toMatchObject({
        bytes: taken.bytes,
        rows: taken.rows,
        rejected: undefined,
      })
      expect(countRows(mutant.kind, taken.bytes)).toEqual(taken.rows)
      const batch = waiting[mutant.kind]
      batch.push(taken)
      if (batch.length < REQUESTS_PER_BATCH) continue
      wrong.push(...(await culprits(mutant.kind, batch)))
      waiting[mutant.kind] = []
    }
    for (const kind of ['traces', 'logs', 'metrics'] as const) {
      wrong.push(...(await culprits(kind, waiting[kind])))
    }
    expect(wrong).toEqual([])
    expect(worstMs).toBeLessThan(CPU_MS_MAX)
    // The mutants are near enough to what is right, and what is wrong is mostly inside a field.
    expect(accepted).toBeGreaterThan(REQUESTS / 3)
    expect(named.filter(Boolean).length).toBeGreaterThan(named.length * 0.9)
  },
  TEST_MS_MAX,
)
