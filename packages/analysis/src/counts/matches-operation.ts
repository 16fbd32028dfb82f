/**
 * Whether an operation's name fits one of the patterns; `*` stands for any characters, also none.
 * Both come from people: matched by hand, so no pattern takes more than a pass per star.
 */
export function matchesOperation(patterns: readonly string[]): (operation: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const starred = patterns
    .filter((pattern) => pattern.includes('*'))
    .map((pattern) => pattern.split('*'))
  return (operation) => exact.has(operation) || starred.some((parts) => fits(operation, parts))
}

/** Leftmost is best for every part but the last, which must end the name. */
function fits(operation: string, parts: string[]): boolean {
  const first = parts[0]!
  const last = parts.at(-1)!
  if (operation.length < first.length + last.length) return false
  if (!operation.startsWith(first) || !operation.endsWith(last)) return false
  const end = operation.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = operation.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return at <= end
}
