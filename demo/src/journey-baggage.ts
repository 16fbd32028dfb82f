import type { Baggage } from '@opentelemetry/api'
import type { Journey } from './story.ts'

/**
 * What a journey carries from service to service, as W3C baggage: who it is, which release of
 * each service it meets, and how far the story's time is from the machine's.
 */
export type Luggage = { id: string; shiftSeconds: number; versionOf: (service: string) => string }

export function packBaggage({ id, versions }: Journey, shiftSeconds: number): string {
  const entries = { 'shop.journey': id, 'shop.shift_s': String(shiftSeconds) }
  return Object.entries({
    ...entries,
    ...Object.fromEntries(Object.entries(versions).map(([name, v]) => [`shop.${name}`, v])),
  })
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join(',')
}

export function unpackBaggage(baggage: Baggage | undefined): Luggage {
  const read = (key: string) => baggage?.getEntry(`shop.${key}`)?.value ?? ''
  return { id: read('journey'), shiftSeconds: Number(read('shift_s')), versionOf: read }
}

/** The shift out of the header itself, where no context is at hand. */
export function shiftSecondsOf(header: string | undefined): number {
  return Number(/(?:^|,)shop\.shift_s=(-?\d+)/.exec(header ?? '')?.[1] ?? 0)
}
