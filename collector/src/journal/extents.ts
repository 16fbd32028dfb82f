/**
 * Where a batch's records lie: per segment pairs of start and end, neighbours merged. Millions of
 * records wait here while ClickHouse is away, so it costs 16 bytes a record while the batch is open,
 * 8 once sealed, and next to nothing where one stream fills the segment.
 */
export type Extents = ReadonlyMap<number, Uint32Array>

export class ExtentsBuilder {
  readonly #bySegment = new Map<number, number[]>()

  add(segment: number, startBytes: number, endBytes: number): void {
    const pairs = this.#bySegment.get(segment)
    if (pairs === undefined) this.#bySegment.set(segment, [startBytes, endBytes])
    else if (pairs.at(-1) === startBytes) pairs[pairs.length - 1] = endBytes
    else pairs.push(startBytes, endBytes)
  }

  /** Segments ascending: the order of arrival, whatever the order of adding. */
  build(): Extents {
    const segments = [...this.#bySegment].toSorted(([a], [b]) => a - b)
    return new Map(segments.map(([segment, pairs]) => [segment, Uint32Array.from(pairs)]))
  }
}
