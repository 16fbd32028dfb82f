import { setTimeout } from 'node:timers/promises'
import type { RunningCollector } from '../harness/collector.ts'
import { ask } from './stand.ts'

/** How many spans SQL saw, and when: wall clock, in ms since 1970. */
export interface Sighting {
  atMs: number
  spans: number
}

const POLL_MS = 40

/** Looks again and again until stopped, and keeps what changed. */
export function watchArrivals(collector: RunningCollector, signal: AbortSignal) {
  const ending = new AbortController()
  const sightings: Sighting[] = []
  const done = watch()
  async function watch(): Promise<void> {
    while (!ending.signal.aborted) {
      const [[count] = []] = await ask(collector, 'SELECT count() FROM otel_traces')
      if (Number(count) !== sightings.at(-1)?.spans) {
        sightings.push({ atMs: Date.now(), spans: Number(count) })
      }
      await setTimeout(POLL_MS, undefined, { signal })
    }
  }
  return {
    async stop(): Promise<Sighting[]> {
      ending.abort()
      await done
      return sightings
    },
  }
}

type Sent = {
  /** Spans that were there before. */
  before: number
  itemsPerRequest: number
  itemsPerSecond: number
  requests: number
  startedAtMs: number
}

/**
 * How old each request was when its spans were first seen, in ms since it was due. Batches become
 * visible in the order of their requests, so the nth request is there when n requests' spans are.
 */
export function agesOf(
  sightings: readonly Sighting[],
  { before, itemsPerRequest, itemsPerSecond, requests, startedAtMs }: Sent,
): number[] {
  const ages: number[] = []
  let at = 0
  for (let nth = 0; nth < requests; nth++) {
    const spans = before + (nth + 1) * itemsPerRequest
    while (at < sightings.length && sightings[at]!.spans < spans) at++
    const seen = sightings[at]
    if (seen === undefined) break
    ages.push(seen.atMs - startedAtMs - ((nth * itemsPerRequest) / itemsPerSecond) * 1000)
  }
  return ages
}
