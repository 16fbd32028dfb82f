import { firstOf, type SpanRow } from './span-row.ts'

const TWO_TO_56 = 2n ** 56n
const SAMPLE_RATE = /^[0-9]{1,9}(?:[.][0-9]{1,9})?$/
const THRESHOLD = /(?:^|,)[ \t]*ot=(?:[^,;]*;)*th:([0-9a-f]{1,14})[ \t]*(?:[;,]|$)/

/**
 * How many spans one stands for, ≥ 1: `SampleRate`, else OpenTelemetry's rejection threshold, else 1.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function samplingWeightOf({ SpanAttributes, TraceState }: SpanRow): number {
  const text = firstOf(SpanAttributes, 'SampleRate')
  const rate = SAMPLE_RATE.test(text) ? Number(text) : 0
  if (rate >= 1) return rate

  const threshold = THRESHOLD.exec(TraceState)?.[1]
  if (threshold === undefined) return 1
  return Number(TWO_TO_56) / Number(TWO_TO_56 - BigInt(`0x${threshold.padEnd(14, '0')}`))
}
