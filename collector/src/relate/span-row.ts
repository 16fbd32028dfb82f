/** What a row of `otel_traces` says about its operation, its outcome and its release. */
export interface SpanRow {
  SpanName: string
  /** `Server`, `Client`, … as the table has it. */
  SpanKind: string
  ParentSpanId: string
  TraceState: string
  StatusCode: string
  SpanAttributes: Attributes
  ResourceAttributes: Attributes
  'Events.Name': readonly string[]
  'Events.Attributes': readonly Attributes[]
}

/** Attributes as text, by key. An absent one and an empty one are the same to every rule. */
export type Attributes = Readonly<Record<string, string>>

/** The first value that is set, '' when none is: canonical names first, then their aliases. */
export function firstOf(attributes: Attributes, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = attributes[key]
    if (value !== undefined && value !== '') return value
  }
  return ''
}
