/** The query part of an address as plain names and texts: `live=1` stays the text '1'. */
export function parseSearchText(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

/** Writes what {@link parseSearchText} reads; keeps the marks legible that a query may hold. */
export function writeSearchText(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') params.set(name, value)
  }
  const text = params
    .toString()
    .replaceAll('%3A', ':')
    .replaceAll('%2F', '/')
    .replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}
