/**
 * When each request of an open loop is due, in ms after the start: every item takes its share of a
 * second, whatever became of the items before. Ends where `seconds` are full.
 *
 * @param itemsOf items of request `nth`, from 0
 */
export function* openLoopSchedule(
  itemsOf: (nth: number) => number,
  itemsPerSecond: number,
  seconds: number,
): Generator<number> {
  const endMs = seconds * 1000
  for (let nth = 0, items = 0; ; nth++) {
    const dueMs = (items / itemsPerSecond) * 1000
    if (dueMs >= endMs) return
    yield dueMs
    items += itemsOf(nth)
  }
}
