import { createHash } from 'node:crypto'
import type { Policy } from '@aftermath/schemas/policy'

/** Twelve digits of the content's SHA-256: two policies of one version hold the same numbers. */
export function policyVersion(numbers: Omit<Policy, 'version'>): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(numbers)))
    .digest('hex')
    .slice(0, 12)
}

/** With the keys of every object in order: who named an override first changes no version. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
