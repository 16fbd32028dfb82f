import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open, request } from '../../collector/src/journal/testing.ts'
import type { Bench, BenchContext } from './bench.ts'
import { judge, type Result, type RowId } from './budget.ts'
import { joinBlocks } from './join-blocks.ts'
import { DATABASE, openRawEngine } from './raw-engine.ts'
import { openRequestPool, type RequestPool } from './workload/request-pool.ts'

const DISK_ROWS = { traces: 'P6', logs: 'P7.log', metrics: 'P7.point' } as const

/** Bytes that stay: in the tables after all merges, and in the journal. */
export const footprint: Bench = {
  summary: 'bytes on disk, in the tables and in the journal',
  rows: ['P6', 'P7.log', 'P7.point', 'P8'],
  async run(context) {
    const { options, size, say } = context
    const results: Result[] = []
    const details: Record<string, unknown> = {}
    for (const [kind, id] of Object.entries(DISK_ROWS) as [keyof typeof DISK_ROWS, RowId][]) {
      const pool = await openRequestPool({
        kind,
        seed: options.seed,
        items: Math.round(size(1_000_000, 300_000)),
        encoding: 'identity',
      })
      const { bytes, items, byTable } = await measureDisk(context, pool)
      say(`  ${kind}: ${(bytes / items).toFixed(1)} B each of ${items}`)
      results.push(judge(id, bytes / items, [bytes / items]))
      details[kind] = byTable
    }
    const ratio = await measureJournal(options.seed)
    say(`  journal: ${ratio.toFixed(3)} bytes a byte`)
    results.push(judge('P8', ratio, [ratio]))
    return { results, failures: [], details }
  },
}

/** No request twice: repeated rows would compress to nothing. */
async function measureDisk({ signal }: BenchContext, pool: RequestPool) {
  await using engine = await openRawEngine(signal)
  const requests = (await pool.readStored()).map((bytes, index) => ({
    bytes,
    items: pool.requests[index]!.items, // the pool lists every request
  }))
  await engine.post(pool.requests[0]!.kind, joinBlocks(requests, 0, requests.length))
  const parts = () =>
    engine.rows(`SELECT table, sum(bytes_on_disk) FROM system.parts
      WHERE active AND database = '${DATABASE}' GROUP BY table HAVING sum(rows) > 0 ORDER BY table`)
  for (const [table] of await parts()) await engine.command(`OPTIMIZE TABLE ${String(table)} FINAL`)
  const byTable = Object.fromEntries(await parts()) as Record<string, number>
  return {
    byTable,
    bytes: Object.values(byTable).reduce((sum, bytes) => sum + bytes, 0),
    items: requests.reduce((sum, { items }) => sum + items, 0),
  }
}

const JOURNAL_SPANS = 100_000

/** Requests as SDKs send them, nothing of it released. */
export async function measureJournal(seed: number): Promise<number> {
  const pool = await openRequestPool({ seed, items: JOURNAL_SPANS, encoding: 'identity' })
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-bench-journal-'))
  try {
    await using journal = await open(dir, { now: Date.now })
    let inflated = 0
    for (const bytes of await pool.readStored()) {
      inflated += bytes.length
      await journal.append(request('', { bytes }))
    }
    return journal.stats().bytes / inflated
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
