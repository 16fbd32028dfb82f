/** A map that forgets what was not used for longest, once the sizes in it add up to more than `sizeMax`. */
export function createRecentFirst<Value>(sizeMax: number, sizeOf: (value: Value) => number) {
  const entries = new Map<string, Value>()
  let size = 0
  const forget = (key: string) => {
    const value = entries.get(key)
    if (value === undefined) return
    entries.delete(key)
    size -= sizeOf(value)
  }
  return {
    get(key: string): Value | undefined {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    /** The value itself stays, however large: whoever puts it is about to use it. */
    put(key: string, value: Value): void {
      forget(key)
      entries.set(key, value)
      size += sizeOf(value)
      for (const oldest of entries.keys()) {
        if (size <= sizeMax || oldest === key) break
        forget(oldest)
      }
    },
  }
}
