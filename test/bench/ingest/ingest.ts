import { availableParallelism } from 'node:os'
import type { Bench, BenchContext, Outcome } from '../bench.ts'
import { judge, type Result, type RowId } from '../budget.ts'
import { fairRate } from '../fair-share.ts'
import { controlGoesFirst, summarisePairs } from '../pairs.ts'
import { median } from '../quantile.ts'
import { createRequestPool, type RequestPool } from '../workload/request-pool.ts'
import { spansPerSecond, type IngestRun, type ProductRun } from './ingest-run.ts'
import { measureControl } from './measure-control.ts'
import { measureProduct } from './measure-product.ts'

const SPANS = 1_000_000
const POOL_SPANS = 200_000

/** Spans from the socket to the table, beside what the engine alone does with them. */
export const ingest: Bench = {
  summary: 'spans under load, beside the same bytes posted straight into the tables',
  rows: [
    'I1',
    'C1.gzip',
    'C1.identity',
    'I12',
    'I13.gzip',
    'I13.identity',
    'P1.ingest',
    'P2.ingest',
  ],
  async run({ options, say, signal }) {
    const { scale, seed, encoding, pairs, connections } = options
    const spans = Math.round(SPANS * scale)
    await using pool = await createRequestPool({
      seed,
      spans: Math.min(POOL_SPANS, spans),
      encoding,
      nowMs: Date.now(),
    })
    say(`${spans} spans a side, ${encoding}, in ${pool.requests.length} different requests`)

    const measured: { product: ProductRun; control: IngestRun }[] = []
    for (let nth = 0; nth < pairs; nth++) {
      const pair = await measurePair({ pool, spans, connections, signal, nth })
      const failures = [
        ...pair.product.failures.map((failure) => `product, ${failure}`),
        ...pair.control.failures.map((failure) => `control, ${failure}`),
      ]
      if (failures.length > 0) return { results: [], failures, details: {} }
      measured.push(pair)
      say(describe(pair, nth, pairs))
    }
    return summarise(measured, encoding, say)
  },
}

type PairInput = {
  pool: RequestPool
  spans: number
  connections: number
  signal: AbortSignal
  nth: number
}

async function measurePair({ nth, ...input }: PairInput) {
  if (!controlGoesFirst(nth)) {
    const product = await measureProduct(input)
    return { product, control: await measureControl(input) }
  }
  const control = await measureControl(input)
  return { product: await measureProduct(input), control }
}

function summarise(
  pairs: readonly { product: ProductRun; control: IngestRun }[],
  encoding: 'gzip' | 'identity',
  say: BenchContext['say'],
): Outcome {
  const ratio = summarisePairs(
    pairs.map(({ product, control }) => ({
      product: spansPerSecond(product),
      control: spansPerSecond(control),
    })),
  )
  if (!ratio.conclusive) {
    const spread = Math.round(ratio.controlSpread * 100)
    say(`The control alone wandered by ${spread} %: the machine is too busy to trust the ratio.`)
  }
  const cpuRatios = pairs.map(({ product, control }) => cpuPerSpan(control) / cpuPerSpan(product))
  say(`CPU a span, control ÷ product: ${median(cpuRatios).toFixed(2)}, whatever else ran meanwhile`)
  const cores = availableParallelism()
  const products = pairs.map(({ product }) => product)
  const rowOf = (id: RowId, read: (run: ProductRun) => number): Result => {
    const values = products.map(read)
    return judge(id, median(values), values)
  }
  return {
    results: [
      rowOf('I1', ({ spans, windowMs, cpuMs }) =>
        fairRate({ items: spans, wallMs: windowMs, loadCpuMs: cpuMs.load, cores }),
      ),
      judge(`C1.${encoding}`, ratio.median, ratio.ratios),
      rowOf('I12', cpuPerSpan),
      rowOf(`I13.${encoding}`, ({ spans, cpuMs }) => (cpuMs.collector / spans) * 1000),
      rowOf('P1.ingest', ({ peakMemoryMb }) => peakMemoryMb.collector),
      rowOf('P2.ingest', ({ peakMemoryMb }) => peakMemoryMb.engine),
    ],
    failures: [],
    details: { ratio, cpuRatios, pairs },
  }
}

/** Of the product, without what makes the load, in µs. */
const cpuPerSpan = ({ spans, cpuMs }: IngestRun) =>
  ((cpuMs.collector + cpuMs.engine) / spans) * 1000

function describe(pair: { product: ProductRun; control: IngestRun }, nth: number, of: number) {
  const { product, control } = pair
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const rate = (run: IngestRun) => `${Math.round(spansPerSecond(run) / 100) / 10}k spans/s`
  const cpu = (ms: number, { spans }: IngestRun) => ((ms / spans) * 1000).toFixed(1)
  const ratio = spansPerSecond(product) / spansPerSecond(control)
  return [
    `pair ${nth + 1} of ${of}: ${ratio.toFixed(2)}`,
    `  product ${rate(product)}: ${product.spans} in ${seconds(product.windowMs)} s, the last ${seconds(product.windowMs - product.sendMs)} s after the last answer`,
    `    CPU a span: collector ${cpu(product.cpuMs.collector, product)} µs, engine ${cpu(product.cpuMs.engine, product)} µs, load ${cpu(product.cpuMs.load, product)} µs`,
    `    answers under full load: p50 ${product.ackMs.p50.toFixed(0)} ms, p99 ${product.ackMs.p99.toFixed(0)} ms; ${product.refused} refused and sent again`,
    `  control ${rate(control)}: engine ${cpu(control.cpuMs.engine, control)} µs a span`,
  ].join('\n')
}
