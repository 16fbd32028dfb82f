import { NESTING_MAX } from './limits.ts'

/** Thrown inside the JSON conversion only; its door turns it into the outcome `malformed`. */
export class MalformedJson extends Error {
  readonly offsetBytes: number

  constructor(offsetBytes: number, message: string) {
    super(message)
    this.offsetBytes = offsetBytes
  }
}

// Brackets around an exemplar's attribute, then four for each map in a map.
const BRACKETS_MAX = 16 + 4 * NESTING_MAX

/**
 * Reads JSON (RFC 8259) token by token from bytes that are valid UTF-8.
 *
 * Numbers are handed out as they are written: a plain `JSON.parse` would lose digits of 64-bit ones.
 */
export class JsonReader {
  at = 0
  readonly bytes: Buffer
  #brackets = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
    if (bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) this.at = 3
  }

  /** First byte of the next token, which stays unread; END at the end. */
  peek(): number {
    while (isSpace(this.bytes[this.at])) this.at++
    return this.bytes[this.at] ?? END
  }

  /** Goes through an object; `member` reads the value of each key. */
  object(member: (key: string, keyAt: number) => void): void {
    this.#open(OPEN_OBJECT, 'an object')
    if (!this.#closes(CLOSE_OBJECT)) {
      do {
        this.peek()
        const keyAt = this.at
        const key = this.string()
        if (this.peek() !== COLON) throw this.unexpected('a colon')
        this.at++
        member(key, keyAt)
      } while (this.#continues(CLOSE_OBJECT))
    }
    this.#brackets--
  }

  /** Goes through an array; `element` reads each. */
  array(element: (index: number) => void): void {
    this.#open(OPEN_ARRAY, 'an array')
    let index = 0
    if (!this.#closes(CLOSE_ARRAY)) {
      do element(index++)
      while (this.#continues(CLOSE_ARRAY))
    }
    this.#brackets--
  }

  /** A string; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. */
  string(): string {
    if (this.peek() !== QUOTE) throw this.unexpected('a string')
    const start = this.at
    const hasEscapes = this.#skipString()
    if (!hasEscapes) return this.bytes.toString('utf8', start + 1, this.at - 1)
    // The token is well-formed, so this is a plain unescape.
    return String(JSON.parse(this.bytes.toString('utf8', start, this.at))).toWellFormed()
  }

  /** A number as it is written. */
  number(): string {
    this.peek()
    const start = this.at
    while (isNumberByte(this.bytes[this.at])) this.at++
    const text = this.bytes.toString('latin1', start, this.at)
    if (NUMBER.test(text)) return text
    this.at = start
    throw this.unexpected('a number')
  }

  /** Steps over `null` and says whether it was there. */
  null(): boolean {
    return this.peek() === LETTER_N && this.#literal('null')
  }

  boolean(): boolean {
    const first = this.peek()
    if (first === LETTER_T && this.#literal('true')) return true
    if (first === LETTER_F && this.#literal('false')) return false
    throw this.unexpected('true or false')
  }

  /** Steps over any value. Recursion ends at BRACKETS_MAX. */
  skip(): void {
    const first = this.peek()
    if (first === OPEN_OBJECT) this.object(() => this.skip())
    else if (first === OPEN_ARRAY) this.array(() => this.skip())
    else if (first === QUOTE) this.#skipString()
    else if (first === LETTER_T || first === LETTER_F) this.boolean()
    else if (!this.null()) this.number()
  }

  unexpected(wanted: string): MalformedJson {
    const found = this.bytes[this.at]
    const what = found === undefined ? 'the end' : JSON.stringify(String.fromCharCode(found))
    return new MalformedJson(this.at, `${what} where ${wanted} is due`)
  }

  #open(bracket: number, name: string): void {
    if (this.peek() !== bracket) throw this.unexpected(name)
    if (++this.#brackets > BRACKETS_MAX) {
      throw new MalformedJson(this.at, `more than ${BRACKETS_MAX} brackets deep`)
    }
    this.at++
  }

  #closes(bracket: number): boolean {
    if (this.peek() !== bracket) return false
    this.at++
    return true
  }

  #continues(bracket: number): boolean {
    if (this.#closes(bracket)) return false
    if (this.peek() !== COMMA) throw this.unexpected('a comma')
    this.at++
    return true
  }

  #literal(word: string): boolean {
    if (this.bytes.toString('latin1', this.at, this.at + word.length) !== word) return false
    this.at += word.length
    return true
  }

  /** Goes past the closing quote; whether the string has escapes. */
  #skipString(): boolean {
    const { bytes } = this
    let hasEscapes = false
    let at = this.at + 1
    for (; bytes[at] !== QUOTE; at++) {
      const byte = bytes[at]
      if (byte === undefined || byte < SPACE) {
        this.at = at
        throw this.unexpected('a closing quote')
      }
      if (byte !== BACKSLASH) continue
      hasEscapes = true
      const size = escapeSize(bytes, at)
      if (size === 0) throw new MalformedJson(at, 'unknown escape in a string')
      at += size - 1
    }
    this.at = at + 1
    return hasEscapes
  }
}

export const END = -1
export const QUOTE = 0x22
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COLON = 0x3a
const COMMA = 0x2c
const BACKSLASH = 0x5c
const SPACE = 0x20
const LETTER_F = 0x66
const LETTER_N = 0x6e
const LETTER_T = 0x74
const LETTER_U = 0x75
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const SIMPLE_ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'))

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Digits, sign, point, exponent. */
function isNumberByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  if (byte >= 0x30 && byte <= 0x39) return true
  return byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x45 || byte === 0x65
}

/** Bytes of the escape at `at`; 0 if there is no such. */
function escapeSize(bytes: Buffer, at: number): number {
  const kind = bytes[at + 1]
  if (SIMPLE_ESCAPES.has(kind)) return 2
  if (kind !== LETTER_U) return 0
  return /^[\da-fA-F]{4}$/.test(bytes.toString('latin1', at + 2, at + 6)) ? 6 : 0
}
