const hues = 6

/** A colour per service of a trace, in the order of their first spans; past six they come again. */
export function serviceColors(services: readonly string[]): Map<string, string> {
  return new Map(services.map((service, at) => [service, `var(--series-${(at % hues) + 1})`]))
}
