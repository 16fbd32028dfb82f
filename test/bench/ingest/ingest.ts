import { availableParallelism } from 'node:os'
import type { Bench, BenchContext, Outcome } from '../bench.ts'
import { judge, type Result, type RowId } from '../budget.ts'
import { fairRate } from '../fair-share.ts'
import { histogramOf } from '../histogram.ts'
import { controlGoesFirst, summarisePairs, type PairSummary } from '../pairs.ts'
import { median, quantile } from '../quantile.ts'
import { openRequestPool, type RequestPool } from '../workload/request-pool.ts'
import { itemsPerSecond, type IngestRun, type ProductRun } from './ingest-run.ts'
import { measureControl } from './measure-control.ts'
import { measureProduct } from './measure-product.ts'
import { mixRatio } from './mix-ratio.ts'

const ITEMS = { full: 6_000_000, quick: 1_000_000 }
const POOL_ITEMS_MAX = 1_000_000

/** Telemetry from the socket to the table; spans beside what the engine alone does with them. */
export const ingest: Bench = {
  summary: 'under load, spans beside the same bytes posted straight into the tables',
  rows: [
    'I1',
    'I1.identity',
    'I3',
    'I4',
    'I9',
    'I12',
    'I13.gzip',
    'I13.identity',
    'P1.ingest',
    'P2.ingest',
    'C1.gzip',
    'C1.identity',
  ],
  async run(context) {
    const { encoding, connections } = context.options
    const outcome: Outcome = { results: [], failures: [], control: {}, histograms: {}, details: {} }
    const products: ProductRun[] = []
    let spanRate = 0
    for (const one of encoding === undefined ? (['gzip', 'identity'] as const) : [encoding]) {
      const pairs = await measurePairs(context, one)
      const runs = pairs.map(({ product }) => product)
      products.push(...runs)
      outcome.failures.push(...failuresOf(pairs))
      if (outcome.failures.length > 0) return outcome
      outcome.results.push(...judgePairs(pairs, one, context.say))
      outcome.control![one] = pairs.map(({ control }) => itemsPerSecond(control))
      outcome.histograms![`I1.${one}`] = histogramOf(runs.flatMap(({ latenciesMs }) => latenciesMs))
      spanRate ||= median(runs.map(itemsPerSecond))
    }
    const others = { logs: 0, metrics: 0 }
    for (const kind of ['logs', 'metrics', 'mix'] as const) {
      const pool = await poolOf(context, kind, encoding ?? 'gzip')
      const runs: ProductRun[] = []
      for (let nth = 0; nth < context.times(3, 1); nth++) {
        const run = await measureProduct({
          pool,
          items: context.size(ITEMS.full / 2, ITEMS.quick),
          connections,
          isPatched: false,
          signal: context.signal,
        })
        runs.push(run)
        context.say(describeProduct(kind, run))
      }
      products.push(...runs)
      outcome.failures.push(...runs.flatMap(({ failures }) => failures))
      if (outcome.failures.length > 0) return { ...outcome, results: [] }
      const rates = runs.map(fairOf)
      const plain = median(runs.map(itemsPerSecond))
      if (kind === 'logs') outcome.results.push(judge('I3', median(rates), rates))
      if (kind === 'metrics') outcome.results.push(judge('I4', median(rates), rates))
      if (kind === 'mix') {
        const ratio = mixRatio(plain, pool.requests, { traces: spanRate, ...others })
        outcome.results.push(judge('I9', ratio, [ratio]))
      } else {
        others[kind] = plain
      }
    }
    const sum = (read: (run: ProductRun) => number) =>
      products.reduce((total, run) => total + read(run) / 1000, 0)
    return {
      ...outcome,
      results: [...outcome.results, ...judgeMemory(products)],
      cpuSeconds: {
        collector: sum(({ cpuMs }) => cpuMs.collector),
        engine: sum(({ cpuMs }) => cpuMs.engine),
        generator: sum(({ cpuMs }) => cpuMs.load),
      },
      memoryMb: {
        collector: Math.max(...products.map(({ peakMemoryMb }) => peakMemoryMb.collector)),
        engine: Math.max(...products.map(({ peakMemoryMb }) => peakMemoryMb.engine)),
      },
    }
  },
}

interface MeasuredPair {
  product: ProductRun
  control: IngestRun
}

function poolOf(
  { options, size }: BenchContext,
  kind: 'traces' | 'logs' | 'metrics' | 'mix',
  encoding: 'gzip' | 'identity',
): Promise<RequestPool> {
  const items = Math.min(POOL_ITEMS_MAX, Math.round(size(ITEMS.full, ITEMS.quick)))
  return openRequestPool({ kind, seed: options.seed, items, encoding })
}

/** Product and control with the same bytes, in turns. */
export async function measurePairs(
  context: BenchContext,
  encoding: 'gzip' | 'identity',
): Promise<MeasuredPair[]> {
  const { options, size, times, signal, say } = context
  const items = size(ITEMS.full, ITEMS.quick)
  const pool = await poolOf(context, 'traces', encoding)
  const stored = await pool.readStored()
  const pairs = options.pairs ?? times(5, 3)
  say(`${Math.round(items)} spans a side, ${encoding}, in ${pool.requests.length} requests`)
  const measured: MeasuredPair[] = []
  for (let nth = 0; nth < pairs; nth++) {
    const product = () =>
      measureProduct({ pool, items, connections: options.connections, isPatched: false, signal })
    const control = () => measureControl({ pool, stored, items, signal })
    let pair: MeasuredPair
    if (controlGoesFirst(nth)) {
      const first = await control()
      pair = { control: first, product: await product() }
    } else {
      const first = await product()
      pair = { product: first, control: await control() }
    }
    measured.push(pair)
    if (failuresOf([pair]).length > 0) break
    say(describePair(pair, nth, pairs))
  }
  return measured
}

export const failuresOf = (pairs: readonly MeasuredPair[]) =>
  pairs.flatMap(({ product, control }) => [
    ...product.failures.map((failure) => `product, ${failure}`),
    ...control.failures.map((failure) => `control, ${failure}`),
  ])

export function ratioOf(pairs: readonly MeasuredPair[]): PairSummary {
  return summarisePairs(
    pairs.map(({ product, control }) => ({
      product: itemsPerSecond(product),
      control: itemsPerSecond(control),
    })),
  )
}

function judgePairs(
  pairs: readonly MeasuredPair[],
  encoding: 'gzip' | 'identity',
  say: BenchContext['say'],
): Result[] {
  const ratio = ratioOf(pairs)
  if (!ratio.conclusive) {
    const spread = Math.round(ratio.controlSpread * 100)
    say(`The control alone wandered by ${spread} %: the machine is too busy to trust the ratio.`)
  }
  const cpuRatios = pairs.map(({ product, control }) => cpuPerItem(control) / cpuPerItem(product))
  say(`CPU a span, control ÷ product: ${median(cpuRatios).toFixed(2)}, whatever else ran meanwhile`)
  const products = pairs.map(({ product }) => product)
  const rowOf = (id: RowId, read: (run: ProductRun) => number): Result => {
    const values = products.map(read)
    return judge(id, median(values), values)
  }
  return [
    rowOf(encoding === 'gzip' ? 'I1' : 'I1.identity', fairOf),
    judge(`C1.${encoding}`, ratio.median, ratio.ratios),
    ...(encoding === 'gzip' ? [rowOf('I12', cpuPerItem)] : []),
    rowOf(`I13.${encoding}`, ({ items, cpuMs }) => (cpuMs.collector / items) * 1000),
  ]
}

function judgeMemory(products: readonly ProductRun[]): Result[] {
  const collector = products.map(({ peakMemoryMb }) => peakMemoryMb.collector)
  const engine = products.map(({ peakMemoryMb }) => peakMemoryMb.engine)
  return [
    judge('P1.ingest', Math.max(...collector), collector),
    judge('P2.ingest', Math.max(...engine), engine),
  ]
}

const fairOf = ({ items, windowMs, cpuMs }: IngestRun) =>
  fairRate({ items, wallMs: windowMs, loadCpuMs: cpuMs.load, cores: availableParallelism() })

/** Of the product, without what makes the load, in µs. */
const cpuPerItem = ({ items, cpuMs }: IngestRun) =>
  ((cpuMs.collector + cpuMs.engine) / items) * 1000

function describePair({ product, control }: MeasuredPair, nth: number, of: number): string {
  const ratio = itemsPerSecond(product) / itemsPerSecond(control)
  return [
    `pair ${nth + 1} of ${of}: ${ratio.toFixed(2)}`,
    describeProduct('product', product),
    `  control ${rateOf(control)}: engine ${cpuOf(control.cpuMs.engine, control)} µs each`,
  ].join('\n')
}

const rateOf = (run: IngestRun) => `${Math.round(itemsPerSecond(run) / 100) / 10}k/s`
const cpuOf = (ms: number, { items }: IngestRun) => ((ms / items) * 1000).toFixed(1)

function describeProduct(what: string, run: ProductRun): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const { collector, engine, load } = run.cpuMs
  const p50 = quantile(run.latenciesMs, 0.5)
  const p99 = quantile(run.latenciesMs, 0.99)
  return [
    `  ${what} ${rateOf(run)}: ${run.items} in ${seconds(run.windowMs)} s, the last ${seconds(run.windowMs - run.sendMs)} s after the last answer`,
    `    CPU each: collector ${cpuOf(collector, run)} µs, engine ${cpuOf(engine, run)} µs, load ${cpuOf(load, run)} µs`,
    `    answers under full load: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; ${run.refused} refused and sent again`,
  ].join('\n')
}
