import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decompress, encodingOf, type Encoding } from './decompress.ts'

const packers: Record<Encoding, (bytes: Buffer) => Buffer> = {
  identity: (bytes) => bytes,
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  zstd: zlib.zstdCompressSync,
  br: zlib.brotliCompressSync,
}

test.each(Object.keys(packers) as Encoding[])('%s comes out as it went in', (encoding) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      const packed = packers[encoding](Buffer.from(bytes))
      expect(Buffer.from(decompress(packed, encoding, 10_000))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 30 },
  )
})

test('deflate without its zlib head is taken too', () => {
  const packed = zlib.deflateRawSync(Buffer.from('telemetry'))
  expect(String(decompress(packed, 'deflate', 1000))).toBe('telemetry')
})

test.each(['gzip', 'deflate', 'zstd', 'br'] as const)(
  'a bomb in %s stops at the ratio',
  (encoding) => {
    const bomb = packers[encoding](Buffer.alloc(40 * 2 ** 20))
    expect(() => decompress(bomb, encoding, 64 * 2 ** 20)).toThrow(
      expect.objectContaining({ status: 413, reason: 'ratio' }),
    )
  },
)

const compressing = ['gzip', 'deflate', 'zstd', 'br'] as const

test.each(compressing)('%s that is broken, cut short or followed by more is 400', (encoding) => {
  const packed = packers[encoding](Buffer.from('telemetry '.repeat(100)))
  for (const broken of [
    Buffer.from([0x78, 0x9c, 1, 2, 3, 4, 5, 6, 7, 8]),
    packed.subarray(0, -6),
    Buffer.concat([packed, Buffer.from('more')]),
  ]) {
    expect(() => decompress(broken, encoding, 10_000)).toThrow(
      expect.objectContaining({ status: 400, reason: 'malformed' }),
    )
  }
})

test.each([0, 1, 2 ** 31, 2 ** 32 - 1])(
  'a gzip trailer that claims %i bytes is no harm',
  (claim) => {
    const packed = zlib.gzipSync(Buffer.alloc(3000, 'x'))
    packed.writeUInt32LE(claim, packed.length - 4)
    expect(() => decompress(packed, 'gzip', 10_000)).toThrow(
      expect.objectContaining({ status: 400 }),
    )
  },
)

test('gzip of several members is one body, and holds no more memory than it needs', () => {
  const members = Buffer.concat([
    zlib.gzipSync('a'.repeat(5000)),
    zlib.gzipSync(Buffer.alloc(9000, 'b')),
    zlib.gzipSync('c'),
  ])
  const plain = decompress(members, 'gzip', 20_000)
  expect(String(plain)).toBe('a'.repeat(5000) + 'b'.repeat(9000) + 'c')
  expect(plain.buffer.byteLength).toBeLessThanOrEqual(2 * plain.length)
})

test.each([
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['', 'identity'],
])('Content-Encoding %j is %s', (header, encoding) => {
  expect(encodingOf(header)).toBe(encoding)
})

test('two layers are refused', () => {
  expect(() => encodingOf('gzip, gzip')).toThrow(expect.objectContaining({ status: 415 }))
})
