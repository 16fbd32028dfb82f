import * as zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../test/harness/random.ts'
import { inflateLarge } from './inflate-large.ts'

const MiB = 2 ** 20
const packers = {
  gzip: (bytes: Buffer) => zlib.gzipSync(bytes, { level: 1 }),
  deflate: (bytes: Buffer) => zlib.deflateSync(bytes, { level: 1 }),
  zstd: zlib.zstdCompressSync,
  br: (bytes: Buffer) =>
    zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
}
const encodings = Object.keys(packers) as (keyof typeof packers)[]

/** Compresses to a tenth or so. */
function telemetry(sizeBytes: number): Buffer {
  const random = seededRandom(1)
  const bytes = Buffer.alloc(sizeBytes, 'http.request.method=GET ')
  for (let at = 0; at < sizeBytes; at += 40) bytes[at] = random() * 256
  return bytes
}

test.each(encodings)('20 MiB of %s come out as they went in', async (encoding) => {
  const plain = telemetry(20 * MiB)
  const inflated = await inflateLarge(packers[encoding](plain), encoding, 64 * MiB)
  expect(inflated.equals(plain)).toBe(true)
  expect(inflated.buffer.byteLength).toBe(plain.length)
})

test.each(encodings)('%s is cut at the limit', async (encoding) => {
  const packed = packers[encoding](telemetry(20 * MiB))
  await expect(inflateLarge(packed, encoding, 12 * MiB)).rejects.toMatchObject({
    status: 413,
    reason: 'size',
  })
})

test('a bomb behind which much more follows is not waited for', async () => {
  const bomb = Buffer.concat([zlib.gzipSync(Buffer.alloc(40 * MiB)), zlib.gzipSync(telemetry(MiB))])
  await expect(inflateLarge(bomb, 'gzip', 64 * MiB)).rejects.toMatchObject({
    status: 413,
    reason: 'ratio',
  })
})

test.each(encodings)('%s that breaks off after 10 MiB is 400', async (encoding) => {
  const packed = packers[encoding](telemetry(20 * MiB))
  const broken = packed.subarray(0, packed.length / 2 + MiB / 4)
  await expect(inflateLarge(broken, encoding, 64 * MiB)).rejects.toMatchObject({ status: 400 })
})
