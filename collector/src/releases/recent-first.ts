/** A map that forgets what was not used for longest, once the sizes in it add up to more than `sizeMax`. */
export function createRecentFirst<Value>(sizeMax: number, sizeOf: (value: Value) => number) {
  const entries = new Map<string, { value: Value; size: number }>()
  let size = 0
  const take = (key: string): Value | undefined => {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    entries.delete(key)
    size -= entry.size
    return entry.value
  }
  return {
    get(key: string): Value | undefined {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    /** Gets a value and forgets it. */
    take,
    /** The value itself stays, however large: whoever puts it is about to use it. */
    put(key: string, value: Value): void {
      take(key)
      const own = sizeOf(value)
      entries.set(key, { value, size: own })
      size += own
      for (const oldest of entries.keys()) {
        if (size <= sizeMax || oldest === key) break
        take(oldest)
      }
    },
  }
}
