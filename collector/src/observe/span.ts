import { SpanStatusCode, trace, type SpanOptions } from '@opentelemetry/api'

const tracer = trace.getTracer('aftermath')

/**
 * Runs work inside a span of the collector's own telemetry. Costs next to nothing while nobody asked
 * for it. Names are constant, or of few values; never around the intake of telemetry itself.
 */
export function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
