type Difference = { at: string; stored: string; replayed: string }

const SHOWN_CHARS = 200

/** Where two JSON texts differ first, in the order of the first one's keys; null where they are equal. */
export function firstDifference(stored: string, replayed: string): Difference | null {
  if (stored === replayed) return null
  const found = differenceOf(JSON.parse(stored), JSON.parse(replayed), '')
  // The same values in another order of keys.
  return found ?? { at: '', stored: shown(stored), replayed: shown(replayed) }
}

function differenceOf(stored: unknown, replayed: unknown, at: string): Difference | undefined {
  if (isObject(stored) && isObject(replayed)) {
    for (const key of new Set([...Object.keys(stored), ...Object.keys(replayed)])) {
      const found = differenceOf(stored[key], replayed[key], at === '' ? key : `${at}.${key}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (Object.is(stored, replayed)) return undefined
  return { at, stored: shown(stored), replayed: shown(replayed) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')).slice(
    0,
    SHOWN_CHARS,
  )
}
