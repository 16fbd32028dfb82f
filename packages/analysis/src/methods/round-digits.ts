/**
 * Numbers at the boundary keep 12 significant digits: what is stored and shown is the same on every
 * machine, whatever its last bits did.
 */
export function roundDigits<T>(value: T): T {
  if (typeof value === 'number') return roundNumber(value) as T & number // a number stays one
  if (Array.isArray(value)) return value.map((each: unknown) => roundDigits(each)) as T & unknown[]
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]) => [key, roundDigits(each)])
  return Object.fromEntries(entries) as T & object // the same keys, numbers rounded
}

function roundNumber(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : value
}
