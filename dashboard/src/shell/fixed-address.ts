import { timePointMs } from '@aftermath/schemas/time-point'
import { defaultRange } from '../search/search-schema.ts'

/** The same address with a range that will mean the same tomorrow. */
export function fixedAddress(address: string, nowMs: number): string {
  const url = new URL(address)
  for (const end of ['from', 'to'] as const) {
    const point = url.searchParams.get(end) ?? defaultRange[end]
    const minute = new Date(timePointMs(point, nowMs)).toISOString().slice(0, 16)
    url.searchParams.set(end, `${minute}Z`)
  }
  return url.href
}
