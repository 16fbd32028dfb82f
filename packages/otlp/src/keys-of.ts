/** The keys of a constant object, which has no others than its type says. */
export function keysOf<T extends object>(constant: T): (keyof T & string)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- true of object literals
  return Object.keys(constant) as (keyof T & string)[]
}
