/** `[pid:isolate]   123 ms: Scavenge 23.4 (41.2) -> 12.1 (45.2) MB, …`, as V8 prints it. */
const COLLECTION =
  /\[\d+:(\w+)\] +(\d+) ms: [\w -]+? (?:\(.*?\) )?([\d.]+) \([\d.]+\) -> ([\d.]+) /g

/**
 * What was allocated on V8's heaps between two times, in MB: of each heap, how much it grew from one
 * collection of garbage to the next.
 *
 * @param output what a process printed with `--trace-gc`
 * @param fromMs since that process started
 */
export function allocatedMb(output: string, fromMs: number, untilMs: number): number {
  const after = new Map<string, number>()
  let allocated = 0
  for (const [, heap, ms, before, left] of output.matchAll(COLLECTION)) {
    const last = after.get(heap!) // the pattern has four groups
    if (last !== undefined && fromMs <= Number(ms) && Number(ms) <= untilMs) {
      allocated += Math.max(0, Number(before) - last)
    }
    after.set(heap!, Number(left))
  }
  return allocated
}
