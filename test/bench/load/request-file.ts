import { readFile, writeFile } from 'node:fs/promises'

/** Requests one after the other, each behind its length in 4 bytes, little-endian. */
export async function writeRequestFile(
  path: string,
  requests: readonly Uint8Array[],
): Promise<void> {
  await writeFile(
    path,
    requests.flatMap((bytes) => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}

export async function readRequestFile(path: string): Promise<Uint8Array[]> {
  const bytes = await readFile(path)
  const requests: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const start = at + 4
    at = start + bytes.readUInt32LE(at)
    requests.push(bytes.subarray(start, at))
  }
  return requests
}
