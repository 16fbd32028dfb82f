import { eventMinutes, type SignalKind } from '@aftermath/otlp/check'

/**
 * Minutes of rows by table, ascending in Unix seconds, from the bytes that become them: where an
 * insert was cut off, no row may be there to ask.
 *
 * @param pieces of whole requests
 */
export async function readMinutes(
  kind: SignalKind,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Map<string, number[]>> {
  const minutes = new Map<string, Set<number>>()
  for await (const bytes of pieces) {
    for (const [table, found] of eventMinutes(kind, bytes)) {
      const known = minutes.get(table)
      if (known === undefined) minutes.set(table, found)
      else for (const minute of found) known.add(minute)
    }
  }
  return new Map([...minutes].map(([table, set]) => [table, [...set].toSorted((a, b) => a - b)]))
}
