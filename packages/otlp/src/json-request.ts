import { isUtf8 } from 'node:buffer'
import type { Malformed } from './check.ts'
import { END, JsonReader, MalformedJson } from './json-reader.ts'
import {
  INTEGER_RANGES,
  readBytes,
  readDouble,
  readEnum,
  readHexId,
  readInteger,
  readIntValue,
} from './json-scalars.ts'
import { keysOf } from './keys-of.ts'
import { NESTING_MAX } from './limits.ts'
import { ProtoWriter } from './proto-writer.ts'
import {
  isEnum,
  isMessage,
  REQUEST_MESSAGE,
  SCHEMA,
  type Field,
  type MessageName,
  type SignalKind,
} from './schema.ts'
import { utf8Prefix } from './utf8.ts'
import { WIRE, wireTypeOf } from './wire-table.ts'

export type JsonOutcome = { outcome: 'ok'; bytes: Uint8Array; hint?: string } | Malformed

/**
 * Turns an OTLP/JSON request into the same request in protobuf, which `checkRequest` then settles.
 *
 * As proto3 JSON, with OTLP's differences: ids in hexadecimal, enums as numbers, keys in
 * lowerCamelCase only. Unknown keys are ignored, null is absent, of a repeated key the last counts.
 * Never throws, whatever the bytes.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function jsonToProtobuf(kind: SignalKind, bytes: Uint8Array): JsonOutcome {
  const isValid = isUtf8(bytes)
  const offsetBytes = isValid ? bytes.length : utf8Prefix(bytes)
  const conversion = new Conversion(bytes.subarray(0, offsetBytes))
  const notUtf8 = { outcome: 'malformed', offsetBytes, message: 'not valid UTF-8' } as const
  try {
    const converted = conversion.run(kind)
    return isValid ? converted : { ...notUtf8, path: '' }
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error
    // Converted up to where it is wrong, for the path to there.
    if (!isValid) return { ...notUtf8, path: conversion.path() }
    return {
      outcome: 'malformed',
      offsetBytes: error.offsetBytes,
      path: conversion.path(),
      message: error.message,
    }
  }
}

type Range = { number: number; start: number; end: number }

class Conversion {
  readonly #json: JsonReader
  readonly #writer: ProtoWriter
  readonly #path: (string | number)[] = []
  #valueDepth = 0

  constructor(bytes: Uint8Array) {
    this.#json = new JsonReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.#writer = new ProtoWriter(bytes.length) // protobuf is hardly ever longer than JSON
  }

  run(kind: SignalKind): JsonOutcome {
    const json = this.#json
    const unknownKeys: string[] = []
    let hasKnownKey = false
    if (json.peek() !== END) {
      this.#message(REQUEST_MESSAGE[kind], (key, isKnown) => {
        hasKnownKey ||= isKnown
        if (unknownKeys.length < HINT_KEYS_MAX) unknownKeys.push(key)
      })
      if (json.peek() !== END) throw json.unexpected('the end')
    }
    const bytes = this.#writer.bytes()
    if (hasKnownKey || unknownKeys.length === 0) return { outcome: 'ok', bytes }
    return { outcome: 'ok', bytes, hint: unknownKeysHint(kind, unknownKeys) }
  }

  /** Such as `resourceSpans[0].scopeSpans[1].spans[3].traceId`. */
  path(): string {
    return this.#path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .slice(1)
  }

  #message(message: MessageName, onKey?: (key: string, isKnown: boolean) => void): void {
    const json = this.#json
    const writer = this.#writer
    const fields = FIELDS.get(message)
    const written: Range[] = []
    json.object((key) => {
      const field = fields?.get(key)
      onKey?.(key, field !== undefined)
      if (field === undefined) return json.skip()
      this.#path.push(key)
      if (written.length > 0) this.#takeBack(field.number, written)
      const start = writer.at
      if (!json.null()) this.#field(field)
      if (writer.at > start) written.push({ number: field.number, start, end: writer.at })
      this.#path.pop()
    })
  }

  /** Of a repeated key the last counts: what the earlier one wrote is taken out. */
  #takeBack(number: number, written: Range[]): void {
    const index = written.findIndex((range) => range.number === number)
    if (index === -1) return
    const [{ start, end } = { start: 0, end: 0 }] = written.splice(index, 1)
    this.#writer.cut(start, end)
    for (const range of written.slice(index)) {
      range.start -= end - start
      range.end -= end - start
    }
  }

  #field(field: Field): void {
    const { type } = field
    if (!field.repeated)
      return isMessage(type) ? this.#submessage(field, type) : this.#scalar(field)
    if (isMessage(type)) return this.#elements(() => this.#submessage(field, type))
    const start = this.#writer.at
    this.#writer.tag(field.number, WIRE.length)
    const content = this.#writer.openLength()
    this.#elements(() => this.#number(type))
    // ClickHouse refuses a packed field without values.
    if (this.#writer.at === content) this.#writer.at = start
    else this.#writer.closeLength(content)
  }

  #elements(element: () => void): void {
    this.#json.array((index) => {
      this.#path.push(index)
      element()
      this.#path.pop()
    })
  }

  #submessage({ number }: Field, message: MessageName): void {
    const isValue = message === 'AnyValue'
    if (isValue && this.#valueDepth++ > NESTING_MAX) {
      throw new MalformedJson(this.#json.at, `nested deeper than ${NESTING_MAX}`)
    }
    this.#writer.tag(number, WIRE.length)
    const content = this.#writer.openLength()
    // A null in a list of messages keeps its place.
    if (!this.#json.null()) this.#message(message)
    this.#writer.closeLength(content)
    if (isValue) this.#valueDepth--
  }

  #scalar(field: Field): void {
    const { number, type } = field
    const json = this.#json
    if (type === 'string') return this.#content(number, Buffer.from(json.string()))
    if (type === 'bytes') return this.#content(number, readBytes(json))
    if (type === 'trace_id' || type === 'span_id') {
      const id = readHexId(json)
      return id.length === 0 ? undefined : this.#content(number, id)
    }
    if (type === 'int64') return this.#intValue(number)
    this.#writer.tag(number, wireTypeOf(field))
    this.#number(type)
  }

  // The one int64 of the schema is that of AnyValue.
  #intValue(number: number): void {
    const value = readIntValue(this.#json)
    if (typeof value === 'bigint') {
      this.#writer.tag(number, WIRE.varint)
      this.#writer.varint(value)
    } else {
      this.#writer.tag(DOUBLE_VALUE, WIRE.fixed64)
      this.#writer.double(value)
    }
  }

  #content(number: number, bytes: Uint8Array): void {
    this.#writer.tag(number, WIRE.length)
    this.#writer.lengthAndBytes(bytes)
  }

  #number(type: Field['type']): void {
    const json = this.#json
    const writer = this.#writer
    if (isEnum(type)) return writer.varint(readEnum(json, type))
    if (type === 'double') return writer.double(readDouble(json))
    if (type === 'bool') return writer.varint(json.boolean() ? 1n : 0n)
    if (!isInteger(type)) throw new TypeError(`${type} is not a number`)
    const value = readInteger(json, INTEGER_RANGES[type])
    if (type === 'fixed32') writer.fixed32(value)
    else if (type === 'fixed64' || type === 'sfixed64') writer.fixed64(value)
    else writer.varint(type === 'sint32' ? zigzag(value) : value)
  }
}

const DOUBLE_VALUE = 4

function isInteger(type: Field['type']): type is keyof typeof INTEGER_RANGES {
  return Object.hasOwn(INTEGER_RANGES, type)
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value
}

/** Fields of each message by their JSON key. */
const FIELDS: ReadonlyMap<MessageName, ReadonlyMap<string, Field>> = new Map(
  keysOf(SCHEMA).map((message) => [
    message,
    new Map(SCHEMA[message].map((field) => [camelCase(field.name), field])),
  ]),
)

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

const HINT_KEYS_MAX = 3

function unknownKeysHint(kind: SignalKind, keys: readonly string[]): string {
  const shown = keys.map((key) => JSON.stringify(key.slice(0, 40)))
  const wanted = camelCase(SCHEMA[REQUEST_MESSAGE[kind]][0]!.name)
  return `Nothing was stored: of the keys ${shown.join(', ')} none is known. OTLP/JSON has lowerCamelCase keys, here "${wanted}".`
}
