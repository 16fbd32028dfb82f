/** Times in Unix milliseconds, `toMs` exclusive. */
export type Window = { fromMs: number; toMs: number }

const WIDENING_MS = [15, 60, 6 * 60, 24 * 60].map((minutes) => minutes * 60_000)

/**
 * The end of `rest` that a list is read from first; each further look is wider, the last is all of it.
 * For lists of which nothing tells where their rows are.
 */
export function widening({ fromMs, toMs }: Window, looks: number): Window {
  const widthMs = WIDENING_MS[looks] ?? Infinity
  return { fromMs: Math.max(fromMs, toMs - widthMs), toMs }
}

/**
 * The end of `rest` in which `rows` are expected; undefined where nothing is.
 *
 * @param steps newest first, none without spans
 */
export function firstWindow(
  rest: Window,
  steps: readonly (Window & { spans: number })[],
  rows: number,
): Window | undefined {
  if (rest.fromMs >= rest.toMs) return undefined
  const own = steps.filter(({ fromMs, toMs }) => fromMs < rest.toMs && toMs > rest.fromMs)
  if (own.length === 0) return undefined
  let expected = 0
  for (const { fromMs, toMs, spans } of own) {
    // Of a step that `rest` cuts, nobody knows how much lies within.
    if (toMs <= rest.toMs) expected += spans
    if (expected >= rows) return { fromMs: Math.max(rest.fromMs, fromMs), toMs: rest.toMs }
  }
  return { fromMs: Math.max(rest.fromMs, own.at(-1)!.fromMs), toMs: rest.toMs }
}
