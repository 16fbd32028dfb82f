import type { TraceSpan } from '@aftermath/schemas/api/traces'

/** A span in its place: `at` is its index in the trace, which is unique where ids are not. */
export interface SpanRow {
  at: number
  span: TraceSpan
  depth: number
  /** Spans below it, at any depth. */
  below: number
  /** It names a parent that is not stored. */
  isOrphan: boolean
}

/**
 * The spans of a trace in the order of a waterfall: each below its parent, siblings by start. Whatever
 * senders say, each span is there once: a span whose parent is not stored is a root, as is one of a
 * circle of parents.
 *
 * @param spans by start
 */
export function spanTree(spans: readonly TraceSpan[]): SpanRow[] {
  const firstById = new Map<string, number>()
  spans.forEach(({ spanId }, at) => {
    if (spanId !== '' && !firstById.has(spanId)) firstById.set(spanId, at)
  })
  const children = new Map<number, number[]>()
  const roots: number[] = []
  spans.forEach(({ parentSpanId }, at) => {
    const parent = parentSpanId === '' ? undefined : firstById.get(parentSpanId)
    if (parent === undefined || parent === at) roots.push(at)
    else {
      const siblings = children.get(parent)
      if (siblings === undefined) children.set(parent, [at])
      else siblings.push(at)
    }
  })

  const rows: SpanRow[] = []
  const placed = new Uint8Array(spans.length)
  const place = (root: number) => {
    // A stack of its own: a trace may be deeper than the engine's.
    const open: { at: number; depth: number; row: number }[] = []
    const pending: { at: number; depth: number }[] = [{ at: root, depth: 0 }]
    const close = (depth: number) => {
      while (open.length > 0 && open.at(-1)!.depth >= depth) {
        const { row } = open.pop()!
        rows[row]!.below = rows.length - row - 1
      }
    }
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { at, depth } = next
      if (placed[at] === 1) continue
      placed[at] = 1
      close(depth)
      const span = spans[at]!
      open.push({ at, depth, row: rows.length })
      const isOrphan = span.parentSpanId !== '' && depth === 0
      rows.push({ at, span, depth, below: 0, isOrphan })
      for (const child of (children.get(at) ?? []).toReversed()) {
        pending.push({ at: child, depth: depth + 1 })
      }
    }
    close(0)
  }
  roots.forEach(place)
  spans.forEach((_, at) => {
    if (placed[at] === 0) place(at)
  })
  return rows
}

/** The rows that show while some are folded, given by their `at`. */
export function unfolded(rows: readonly SpanRow[], folded: ReadonlySet<number>): SpanRow[] {
  if (folded.size === 0) return [...rows]
  const shown: SpanRow[] = []
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    shown.push(row)
    if (folded.has(row.at)) i += row.below
  }
  return shown
}
