import { attribute, double, message, text, varint } from '../../../packages/otlp/test/encode.ts'

/** An attribute, encoded once and sent often. */
export interface Attribute {
  key: string
  /** As it must be stored. */
  text: string
  bytes: Uint8Array
}

/** Attributes as field `field` of their owner. */
export function attributesOf(field: number) {
  const of = (key: string, shown: string, member: Uint8Array): Attribute => ({
    key,
    text: shown,
    bytes: attribute(field, key, member),
  })
  return {
    text: (key: string, value: string) => of(key, value, text(1, value)),
    bool: (key: string, value: boolean) => of(key, String(value), varint(2, Number(value))),
    int: (key: string, value: number) => of(key, String(value), varint(3, value)),
    double: (key: string, value: number) => of(key, String(value), double(4, value)),
    list: (key: string, word: string, count: number) =>
      of(
        key,
        JSON.stringify([word, count]),
        message(5, message(1, text(1, word)), message(1, varint(3, count))),
      ),
  }
}

export function mapText(attributes: readonly Attribute[]): string {
  return attributes
    .map(({ key, text: value }) => `${key}=${value}`)
    .toSorted()
    .join('\n')
}
