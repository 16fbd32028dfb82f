const EXEMPLARS = {
  'Exemplars.FilteredAttributes':
    'arrayMap(exemplar -> $map(exemplar.filtered_attributes), point.exemplars)',
  'Exemplars.TimeUnix': 'arrayMap(exemplar -> $time(exemplar.time_unix_nano), point.exemplars)',
  'Exemplars.Value': 'arrayMap(exemplar -> $number(exemplar), point.exemplars)',
  'Exemplars.SpanId': 'arrayMap(exemplar -> $spanId(exemplar.span_id), point.exemplars)',
  'Exemplars.TraceId': 'arrayMap(exemplar -> $traceId(exemplar.trace_id), point.exemplars)',
}

const NUMBER = { Value: '$number(point)', ...EXEMPLARS }

const COUNT_AND_SUM = { Count: 'point.count', Sum: 'point.sum' }

const EXTREMES = { Min: 'point.min', Max: 'point.max' }

/**
 * What a kind's table has beyond the columns all share, each with its expression over `metric` and
 * `point`. By the field of `Metric` that holds the points; the table is `otel_metrics_` and that name.
 */
export const METRIC_COLUMNS: Record<string, Record<string, string>> = {
  gauge: NUMBER,
  sum: {
    ...NUMBER,
    AggregationTemporality: 'metric.sum.aggregation_temporality',
    IsMonotonic: 'metric.sum.is_monotonic',
  },
  histogram: {
    ...COUNT_AND_SUM,
    BucketCounts: 'point.bucket_counts',
    ExplicitBounds: 'point.explicit_bounds',
    ...EXEMPLARS,
    ...EXTREMES,
    AggregationTemporality: 'metric.histogram.aggregation_temporality',
  },
  exponential_histogram: {
    ...COUNT_AND_SUM,
    Scale: 'point.scale',
    ZeroCount: 'point.zero_count',
    PositiveOffset: 'point.positive.offset',
    PositiveBucketCounts: 'point.positive.bucket_counts',
    NegativeOffset: 'point.negative.offset',
    NegativeBucketCounts: 'point.negative.bucket_counts',
    ...EXEMPLARS,
    ...EXTREMES,
    AggregationTemporality: 'metric.exponential_histogram.aggregation_temporality',
  },
  summary: {
    ...COUNT_AND_SUM,
    'ValueAtQuantiles.Quantile': 'point.quantile_values.quantile',
    'ValueAtQuantiles.Value': 'point.quantile_values.value',
  },
}
