import type { Span } from '@opentelemetry/api'

/** Spans of the story's past. */
export type PastSpans = {
  /** Lets a span begin then, and end when it lasted as long as `lasted` says. */
  begin(span: Span, atMs: number): void
  lasted(span: Span, durationMs: number): void
}

/**
 * The past takes no time to tell: hours go by in seconds, and what a machine under load would add
 * to each duration has no place in it. So spans of the past begin and end at the story's times,
 * by the `end(endTime)` of the OpenTelemetry API.
 */
export function createPastSpans(): PastSpans {
  const durations = new WeakMap<Span, number>()
  return {
    begin(span, atMs) {
      // The SDK's spans keep their start as [seconds, nanoseconds].
      if (!('startTime' in span) || !Array.isArray(span.startTime)) return
      span.startTime.splice(0, 2, Math.floor(atMs / 1000), Math.round((atMs % 1000) * 1e6))
      const end = span.end.bind(span)
      span.end = (endTime) => {
        const durationMs = durations.get(span)
        end(endTime ?? (durationMs === undefined ? undefined : atMs + durationMs))
      }
    },
    lasted: (span, durationMs) => void durations.set(span, durationMs),
  }
}
