/** Values and their words as a list to choose from. */
export function optionsOf<V extends string>(words: Record<V, string>) {
  return Object.entries<string>(words).map(([value, text]) => ({ value: value as V, text })) // its own keys
}
