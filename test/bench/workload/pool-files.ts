import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Patches } from './backward-writer.ts'
import type { PackedPatches } from './patch.ts'

/** Files of a pool: requests behind their lengths in 4 bytes, little-endian, in one order. */
export const poolFiles = (dir: string) => ({
  manifest: join(dir, 'manifest.json'),
  plain: join(dir, 'plain'),
  wire: join(dir, 'wire'),
  patches: join(dir, 'patches'),
})

export function frame(bytes: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(4 + bytes.length)
  framed.writeUInt32LE(bytes.length, 0)
  framed.set(bytes, 4)
  return framed
}

export async function readFrames(path: string): Promise<Buffer[]> {
  const bytes = await readFile(path)
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const start = at + 4
    at = start + bytes.readUInt32LE(at)
    frames.push(bytes.subarray(start, at))
  }
  return frames
}

/** Two lists behind their lengths, all of 32-bit words. */
export function packPatches({ times, ids }: Patches): Buffer {
  const lists = [times, ids]
  const words = Uint32Array.from([...lists.map(({ length }) => length), ...lists.flat()])
  return Buffer.from(words.buffer)
}

export function unpackPatches(packed: Uint8Array): PackedPatches {
  // A frame may begin anywhere, words may not.
  const words = new Uint32Array(new Uint8Array(packed).buffer)
  const [times = 0, ids = 0] = words
  const list = (start: number, length: number) => words.subarray(2 + start, 2 + start + length)
  return {
    times: list(0, times),
    ids: list(times, ids),
  }
}
