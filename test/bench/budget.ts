/** What is measured, and how good it has to be. `floor` holds always, `goal` is aimed at. */
export interface BudgetRow {
  what: string
  unit: string
  better: 'more' | 'less'
  goal: number
  floor: number
}

/** On two cores with the load's own process among them. Ratios hold on any machine. */
export const budget = {
  I1: {
    what: 'spans acknowledged, durable and queryable',
    unit: 'spans/s',
    better: 'more',
    goal: 120_000,
    floor: 60_000,
  },
  'C1.gzip': {
    what: 'ingest ÷ the same bytes posted straight into the tables',
    unit: 'ratio',
    better: 'more',
    goal: 0.85,
    floor: 0.7,
  },
  'C1.identity': {
    what: 'the same, of uncompressed requests',
    unit: 'ratio',
    better: 'more',
    goal: 0.9,
    floor: 0.78,
  },
  I12: {
    what: 'CPU a span: collector and engine, merges included',
    unit: 'µs',
    better: 'less',
    goal: 16,
    floor: 30,
  },
  'I13.gzip': {
    what: 'the collector’s part of it',
    unit: 'µs',
    better: 'less',
    goal: 2.8,
    floor: 6,
  },
  'I13.identity': {
    what: 'the collector’s part, uncompressed requests',
    unit: 'µs',
    better: 'less',
    goal: 1.3,
    floor: 3,
  },
  'P1.idle': {
    what: 'memory of the idle collector',
    unit: 'MB',
    better: 'less',
    goal: 110,
    floor: 180,
  },
  'P1.ingest': {
    what: 'peak memory of the collector during ingest',
    unit: 'MB',
    better: 'less',
    goal: 280,
    floor: 450,
  },
  'P2.empty': {
    what: 'memory of the empty engine',
    unit: 'MB',
    better: 'less',
    goal: 300,
    floor: 450,
  },
  'P2.ingest': {
    what: 'peak memory of the engine during ingest',
    unit: 'MB',
    better: 'less',
    goal: 1200,
    floor: 2000,
  },
  P4: {
    what: 'second start until ready, empty database',
    unit: 's',
    better: 'less',
    goal: 2.5,
    floor: 6,
  },
  F2: {
    what: 'a request on an idle system until SQL sees it, p99',
    unit: 's',
    better: 'less',
    goal: 1,
    floor: 2,
  },
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

/** @param value what stands for the `values`: their median, or a quantile */
export function judge(id: RowId, value: number, values: readonly number[]): Result {
  const { unit, goal, floor } = budget[id]
  const range = { n: values.length, min: Math.min(...values), max: Math.max(...values) }
  return { id, value, unit, goal, floor, pass: reaches(id, value, floor), ...range }
}

export function reaches(id: RowId, value: number, mark: number): boolean {
  return budget[id].better === 'more' ? value >= mark : value <= mark
}
