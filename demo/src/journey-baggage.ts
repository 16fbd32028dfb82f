import type { Baggage } from '@opentelemetry/api'
import type { Journey } from './story.ts'

/**
 * What a journey carries from service to service, as W3C baggage: who it is, which release of
 * each service it meets, and, in the story's past, when the next service gets it.
 */
export type Luggage = {
  id: string
  /** Milliseconds since the epoch; undefined in the present, where the machine's clock counts. */
  atMs: number | undefined
  versionOf: (service: string) => string
}

const AT = 'shop.at'

/** How long a service took over a request of the past, told to its caller. */
export const LASTED_HEADER = 'x-shop-lasted-ms'
/** What the way adds each way: a server's span lies within its caller's. */
export const WAY_MS = 0.4

export function packBaggage({ id, versions }: Journey, atMs: number | undefined): string {
  return Object.entries({
    'shop.journey': id,
    ...(atMs === undefined ? {} : { [AT]: String(atMs) }),
    ...Object.fromEntries(Object.entries(versions).map(([name, v]) => [`shop.${name}`, v])),
  })
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join(',')
}

export function unpackBaggage(baggage: Baggage | undefined): Luggage {
  const read = (key: string) => baggage?.getEntry(key)?.value ?? ''
  return {
    id: read('shop.journey'),
    atMs: read(AT) === '' ? undefined : Number(read(AT)),
    versionOf: (service) => read(`shop.${service}`),
  }
}

/** The baggage for a service that gets the journey later in the story. */
export function withTime(baggage: Baggage, atMs: number): Baggage {
  return baggage.setEntry(AT, { value: String(atMs) })
}

/** The time out of the header itself, where no context is at hand. */
export function timeInHeader(header: unknown): number | undefined {
  const found =
    typeof header === 'string' ? /(?:^|,)shop\.at=([\d.]+)/.exec(header)?.[1] : undefined
  return found === undefined ? undefined : Number(found)
}
