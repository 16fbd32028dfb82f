/** What is measured, and how good it has to be. `floor` holds always, `goal` is aimed at. */
export interface BudgetRow {
  what: string
  unit: string
  better: 'more' | 'less'
  goal: number
  floor: number
}

const more = (what: string, unit: string, goal: number, floor: number): BudgetRow => ({
  what,
  unit,
  better: 'more',
  goal,
  floor,
})
const less = (what: string, unit: string, goal: number, floor: number): BudgetRow => ({
  ...more(what, unit, goal, floor),
  better: 'less',
})

/** On two cores with the load's own process among them. Ratios and slopes hold on any machine. */
export const budget = {
  I1: more('spans acknowledged, durable and queryable, gzip', 'spans/s', 120_000, 60_000),
  'I1.identity': more('the same, uncompressed', 'spans/s', 120_000, 60_000),
  I3: more('log records of 12 attributes, the same', 'logs/s', 160_000, 80_000),
  I4: more('metric points of five kinds, the same', 'points/s', 200_000, 100_000),
  I9: more('spans, logs and points at once ÷ the weighted sum of each alone', 'ratio', 0.9, 0.75),
  'I10.taken': more('taken of twice the knee ÷ the knee', 'ratio', 0.95, 0.85),
  'I10.recovery': less('until everything taken then can be read', 's', 10, 30),
  I11: more('drain after an outage of the engine, still taking ÷ the knee', 'ratio', 0.85, 0.6),
  'I11.drain': more('drain after an outage ÷ what arrives', 'ratio', 3, 2),
  I12: less('CPU a span: collector and engine, merges included', 'µs', 16, 30),
  'I13.gzip': less('the collector’s part of it', 'µs', 2.8, 6),
  'I13.identity': less('the collector’s part, uncompressed requests', 'µs', 1.3, 3),
  'L1.p50': less('OTLP/HTTP answer, 200 requests/s of 100 spans, p50', 'ms', 3, 10),
  'L1.p99': less('the same, p99', 'ms', 12, 50),
  'L1.p999': less('the same, p99.9', 'ms', 40, 150),
  'L2.p50': less('OTLP/gRPC answer, the same load, p50', 'ms', 4, 12),
  'L2.p99': less('the same, p99', 'ms', 15, 60),
  'L2.p999': less('the same, p99.9', 'ms', 50, 180),
  'L3.half': less('answer at 50 % of the knee, p99', 'ms', 25, 80),
  'L3.most': less('answer at 80 % of the knee, p99', 'ms', 60, 250),
  'L5.p99': less('answer at 5,000 small requests/s, p99', 'ms', 10, 25),
  'F1.p50': less('span sent until it can be read, 20,000 spans/s, p50', 's', 0.7, 1.5),
  'F1.p99': less('the same, p99', 's', 1.5, 3),
  'F1.p999': less('the same, p99.9', 's', 2.5, 6),
  F2: less('a request on an idle system until SQL sees it, p99', 's', 1, 2),
  'P1.idle': less('memory of the idle collector', 'MB', 110, 180),
  'P1.ingest': less('peak memory of the collector during ingest', 'MB', 280, 450),
  'P1.outage': less('peak memory of the collector through an outage of the engine', 'MB', 350, 768),
  'P2.empty': less('memory of the empty engine', 'MB', 300, 450),
  'P2.ingest': less('peak memory of the engine during ingest', 'MB', 1200, 2000),
  P3: less('CPU of everything when idle', '% of a core', 1, 4),
  P4: less('second start until ready, empty', 's', 2.5, 6),
  'P4.stored': less('start until ready on a year of stored spans', 's', 5, 12),
  P6: less('disk a span, all tables and indexes, merged', 'B', 60, 85),
  'P7.log': less('disk a log record, merged', 'B', 35, 60),
  'P7.point': less('disk a metric point, merged', 'B', 6, 15),
  P8: less('journal bytes ÷ inflated bytes', 'ratio', 1.05, 1.3),
  'C1.gzip': more('ingest ÷ the same bytes posted straight into the tables', 'ratio', 0.85, 0.7),
  'C1.identity': more('the same, uncompressed', 'ratio', 0.9, 0.78),
  C2: more('the engine with views ÷ without', 'ratio', 0.9, 0.75),
  'C3.rate': more('collector alone: spans a second of one core', 'spans/s', 320_000, 160_000),
  'C3.ratio': less('collector alone ÷ bare gunzip and CRC-32 of the same bytes', 'ratio', 1.5, 2.5),
  C4: less('start until ready ÷ bare start of engine and Node', 'ratio', 3, 6),
  'C6.bundle': less('JavaScript of the dashboard’s first page, gzip', 'KB', 130, 150),
  'C6.heap': less('heap allocated by a request of 100 spans', 'KB', 32, 128),
  S1: less('CPU a span over 10 to 1,000 services', 'slope', 0.03, 0.1),
  S2: less('CPU a span over 10 to 30,000 operations of a service', 'slope', 0.05, 0.12),
  S3: less('CPU a span over 2 to 50 live versions', 'slope', 0.05, 0.12),
  S4: less('CPU a span over 20 to 2,000 attribute keys', 'slope', 0.05, 0.15),
  S5: less('CPU a span over 1 to 365 stored days', 'slope', 0.01, 0.05),
  S7: less('cost of a request before its first span', 'µs', 60, 150),
  'S8.rate': more('ingest beside 2,000 open connections ÷ beside none', 'ratio', 0.95, 0.85),
  'S8.memory': less('memory of an open connection', 'KB', 25, 60),
} as const satisfies Record<string, BudgetRow>

export type RowId = keyof typeof budget

export interface Result {
  id: RowId
  value: number
  unit: string
  goal: number
  floor: number
  /** The floor is kept. */
  pass: boolean
  n: number
  min: number
  max: number
}

/**
 * @param value what stands for the `values`: their median, or a quantile
 * @param allowance added to goal and floor: what this machine's disk takes for itself
 */
export function judge(id: RowId, value: number, values: readonly number[], allowance = 0): Result {
  const { unit, goal, floor } = budget[id]
  return {
    id,
    value,
    unit,
    goal: goal + allowance,
    floor: floor + allowance,
    pass: reaches(id, value, floor + allowance),
    n: values.length,
    min: values.reduce((least, one) => Math.min(least, one), Infinity),
    max: values.reduce((most, one) => Math.max(most, one), -Infinity),
  }
}

export function reaches(id: RowId, value: number, mark: number): boolean {
  return budget[id].better === 'more' ? value >= mark : value <= mark
}
