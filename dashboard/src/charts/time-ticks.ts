import { toLocalField } from '../format/time.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const steps = [1, 5, 10, 15, 30].map((minutes) => minutes * minuteMs)
const longSteps = [1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * hourMs)
const ticksMax = 8

/**
 * Round times between two ends, as people in a zone read them off a clock. A change of the clock
 * inside the range shifts the later ones by an hour.
 */
export function timeTicks(fromMs: number, toMs: number, timeZone: string): number[] {
  if (!(toMs > fromMs)) return [fromMs]
  const spanMs = toMs - fromMs
  const step = [...steps, ...longSteps].find((one) => spanMs / one <= ticksMax) ?? 30 * dayMs
  const offsetMs = Date.parse(`${toLocalField(fromMs, timeZone)}Z`) - floorTo(fromMs, minuteMs)
  const ticks: number[] = []
  const first = floorTo(fromMs + offsetMs - 1, step) + step - offsetMs
  for (let at = first; at <= toMs; at += step) ticks.push(at)
  return ticks
}

const floorTo = (value: number, step: number) => Math.floor(value / step) * step
