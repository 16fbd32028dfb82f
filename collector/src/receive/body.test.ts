import * as zlib from 'node:zlib'
import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decompress, encodingOf, type Encoding } from './body.ts'

const packers: Record<Encoding, (bytes: Buffer) => Buffer> = {
  identity: (bytes) => bytes,
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  zstd: zlib.zstdCompressSync,
  br: zlib.brotliCompressSync,
}

test.each(Object.keys(packers) as Encoding[])('%s comes out as it went in', async (encoding) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
      const packed = packers[encoding](Buffer.from(bytes))
      expect(Buffer.from(await decompress(packed, encoding, 10_000))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 30 },
  )
})

test('deflate without its zlib head is taken too', async () => {
  const packed = zlib.deflateRawSync(Buffer.from('telemetry'))
  expect(String(await decompress(packed, 'deflate', 1000))).toBe('telemetry')
})

test.each(['gzip', 'deflate', 'zstd', 'br'] as const)(
  'a bomb in %s stops at the ratio',
  async (encoding) => {
    const bomb = packers[encoding](Buffer.alloc(40 * 2 ** 20))
    await expect(decompress(bomb, encoding, 64 * 2 ** 20)).rejects.toMatchObject({
      status: 413,
      reason: 'ratio',
    })
  },
)

test.each(['gzip', 'deflate', 'zstd', 'br'] as const)('broken %s is 400', async (encoding) => {
  const broken = Buffer.from([0x78, 0x9c, 1, 2, 3, 4, 5, 6, 7, 8])
  await expect(decompress(broken, encoding, 1000)).rejects.toMatchObject({
    status: 400,
    reason: 'malformed',
  })
})

test.each([
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['', 'identity'],
])('Content-Encoding %j is %s', (header, encoding) => {
  const req = { headers: { 'content-encoding': header } } as IncomingMessage // the part that is read
  expect(encodingOf(req)).toBe(encoding)
})

test('two layers are refused', () => {
  const req = { headers: { 'content-encoding': 'gzip, gzip' } } as IncomingMessage // the part that is read
  expect(() => encodingOf(req)).toThrow(expect.objectContaining({ status: 415 }))
})
