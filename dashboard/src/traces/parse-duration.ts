const unitNs: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
}

/** Nanoseconds of `250 ms`, `1.5s`, `2m`; undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ''] =
    /^(\d{1,9}(?:\.\d{1,6})?) ?(ns|us|µs|ms|s|m)$/.exec(text.trim()) ?? []
  const sizeNs = unitNs[unit]
  return sizeNs === undefined ? undefined : Math.round(Number(number) * sizeNs)
}
