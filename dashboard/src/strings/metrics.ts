import { formatCount } from '../format/number.ts'

/** Words of the page of metrics, apart from the rest, which every page loads. */
export const t = {
  title: 'Metrics',
  filters: 'Filters of the metric',
  list: 'Metrics of the last hour',
  filter: 'Filter names',
  names: (number: number) => (number === 1 ? '1 metric' : `${formatCount(number)} metrics`),
  choose: 'Choose a metric to see it over time.',
  none: 'No metric was seen in the last hour of this range.',
  noMatch: 'No metric of this name.',
  noPoint: 'No point of this metric lies in this range and environment.',
  by: 'By',
  byOf: { release: 'Release', service: 'Service' },
  attribute: (name: string) => `Attribute ${name}`,
  function: 'Show',
  functionOf: {
    avg: 'Mean',
    min: 'Least',
    max: 'Greatest',
    sum: 'Sum',
    rate: 'Per second',
    p50: 'p50',
    p95: 'p95',
    p99: 'p99',
  },
  version: 'Release',
  kindOf: {
    gauge: 'gauge',
    sum: 'sum',
    histogram: 'histogram',
    exponential_histogram: 'exponential histogram',
    summary: 'summary',
  },
  column: { group: 'Group', last: 'Last', least: 'Least', mean: 'Mean', greatest: 'Greatest' },
  values: 'Values over the range',
  someGroups: (shown: number, all: number) =>
    `${formatCount(shown)} of ${formatCount(all)} groups are shown, those with most points.`,
  noGroup: '(none)',
  /** Isolated: a version that turns the direction of text does not turn the rest. */
  deployed: (version: string) => `\u2068${version}\u2069 deployed or first seen`,
  oneService: 'Choose a service to see its deployments on the chart.',
}
