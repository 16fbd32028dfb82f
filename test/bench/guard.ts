import type { Bench, BenchContext, Outcome } from './bench.ts'
import { judge } from './budget.ts'
import { measureJournal } from './footprint.ts'
import { findRegressions } from './find-regressions.ts'
import { failuresOf, measurePairs, ratioOf } from './ingest/ingest.ts'
import { describeMachine } from './machine.ts'
import { measureBundle, measureCollector, measureHeap, measureViews } from './parts.ts'
import { machineClass, readResults } from './results.ts'
import { measureEmpty } from './start.ts'

/** Ratios that hold on any machine, beside their floors and the figures that were committed. */
export const guard: Bench = {
  summary: 'ratios of one run, beside their floors and what was committed',
  rows: ['C1.gzip', 'C1.identity', 'C2', 'C3.ratio', 'C4', 'P8', 'C6.heap', 'C6.bundle'],
  async run(context) {
    const outcomes: Outcome[] = [
      await measureRatio(context, 'gzip'),
      await measureRatio(context, 'identity'),
      await measureViews(context),
      await measureCollector(context),
      await measureHeap(context),
      await measureBundle(context),
      await measureEmpty({ ...context, size: () => 2 }),
    ]
    const journal = await measureJournal(context.options.seed)
    const results = [
      ...outcomes.flatMap((outcome) => outcome.results),
      judge('P8', journal, [journal]),
    ].filter(({ id }) => GUARDED.has(id))
    const here = machineClass(describeMachine())
    const committed = (await readResults()).find(
      ({ machine, bench }) => bench === 'all' && machineClass(machine) === here,
    )
    return {
      results,
      failures: outcomes.flatMap(({ failures }) => failures),
      regressions: findRegressions(results, committed?.results ?? []),
      details: { comparedWith: committed?.commit ?? null },
    }
  },
}

const GUARDED = new Set<string>(guard.rows)

async function measureRatio(
  context: BenchContext,
  encoding: 'gzip' | 'identity',
): Promise<Outcome> {
  const pairs = await measurePairs(context, encoding)
  const ratio = ratioOf(pairs)
  return {
    results: [judge(`C1.${encoding}`, ratio.median, ratio.ratios)],
    failures: failuresOf(pairs),
    details: {},
  }
}
