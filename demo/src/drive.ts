import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { call } from './call.ts'
import { packBaggage } from './journey-baggage.ts'
import type { Addresses } from './service.ts'
import { type Journey, journeysOfMinute } from './story.ts'

type Drive = {
  addresses: Addresses
  beginMs: number
  /** Where to take the story up: its beginning, or where an earlier demo left it. */
  fromMs: number
  now: () => number
  /** Called as each minute of the story begins. */
  onMinute: (minute: number) => Promise<void>
  /** Called once, when the story has reached the present. */
  onPresent: (requests: number) => void
}

/** Requests in flight while the past is driven: enough to keep two cores busy. */
const IN_FLIGHT_MAX = 16
const MINUTE_MS = 60_000
/** Later than this is the past. */
const PRESENT_MS = 2_000

/**
 * Lives the story: its past as fast as the services answer, its present as it comes. Every
 * journey is a real request; one of the past carries how far back it belongs.
 */
export async function drive(
  { addresses, beginMs, fromMs, now, onMinute, onPresent }: Drive,
  signal: AbortSignal,
): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX })
  const inFlight = new Set<Promise<unknown>>()
  let requests = 0
  let present = false
  for (let minute = Math.floor((fromMs - beginMs) / MINUTE_MS); !signal.aborted; minute++) {
    await onMinute(minute)
    for (const journey of journeysOfMinute(minute, beginMs)) {
      if (journey.atMs < fromMs) continue
      const aheadMs = journey.atMs - now()
      if (!present && aheadMs > -PRESENT_MS) {
        present = true
        onPresent(requests)
      }
      if (aheadMs > 0) await sleep(aheadMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) break
      while (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight)

      requests++
      const isPast = now() - journey.atMs > PRESENT_MS
      const request = send({ journey, addresses, agent, atMs: isPast ? journey.atMs : undefined })
      inFlight.add(request)
      void request.finally(() => inFlight.delete(request))
    }
  }
  await Promise.all(inFlight)
  agent.destroy()
}

type Sending = {
  journey: Journey
  addresses: Addresses
  agent: http.Agent
  atMs: number | undefined
}

/** A caller that is turned away goes away: what the services record about it is the point. */
function send({ journey, addresses, agent, atMs }: Sending): Promise<unknown> {
  const { service, versions, method, path } = journey
  const url = `${addresses[`${service} ${versions[service]}`]}${path}`
  return call({ agent, method, url, headers: { baggage: packBaggage(journey, atMs) } })
}
