import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Disk } from './disk.ts'
import type { Extents } from './extents.ts'
import { parseRecordHeader, recordBytes, recordHeaderBytes } from './record-header.ts'
import { segmentName } from './segment-writer.ts'

export interface Member {
  segment: number
  startBytes: number
  endBytes: number
  sequence: number
  items: number
  receivedMs: number
  payload: Buffer
}

interface Window {
  startBytes: number
  endBytes: number
  extents: [startBytes: number, endBytes: number][]
}

const windowBytesMax = 2 * 2 ** 20
const gapBytesMax = 64 * 2 ** 10 // reading over it is cheaper than another read

/**
 * Reads a batch's records back. Those that the disk damaged since are left out.
 *
 * @throws when a segment cannot be read at all: an I/O error may pass, so nothing is given up
 */
export async function readMembers(deps: Deps, extents: Extents): Promise<Member[]> {
  const members: Member[] = []
  for await (const run of memberRuns(deps, extents)) members.push(...run)
  return members
}

/** As {@link readMembers}, some at a time: what is held at once is one window of a file. */
export async function* memberRuns({ disk, dir }: Deps, extents: Extents): AsyncGenerator<Member[]> {
  for (const [segment, pairs] of extents) {
    const path = join(dir, segmentName(segment))
    for (const { startBytes, endBytes, extents: parts } of windows(pairs)) {
      const bytes = await disk.read(path, startBytes, endBytes - startBytes)
      const members: Member[] = []
      for (const [from, until] of parts) {
        const part = bytes.subarray(from - startBytes, until - startBytes)
        for (const member of intactMembers(part)) {
          members.push({
            ...member,
            segment,
            startBytes: from + member.startBytes,
            endBytes: from + member.endBytes,
          })
        }
      }
      yield members
    }
  }
}

type Deps = { disk: Disk; dir: string }

function* windows(pairs: Uint32Array): Generator<Window> {
  let window: Window | undefined
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const startBytes = pairs[i] ?? 0
    const endBytes = pairs[i + 1] ?? 0
    const joins =
      window !== undefined &&
      startBytes - window.endBytes <= gapBytesMax &&
      endBytes - window.startBytes <= windowBytesMax
    if (window !== undefined && joins) {
      window.endBytes = endBytes
      window.extents.push([startBytes, endBytes])
    } else {
      if (window !== undefined) yield window
      window = { startBytes, endBytes, extents: [[startBytes, endBytes]] }
    }
  }
  if (window !== undefined) yield window
}

function* intactMembers(bytes: Buffer): Generator<Omit<Member, 'segment'>> {
  let at = 0
  while (at < bytes.length) {
    const header = parseRecordHeader(bytes, at)
    if (header === undefined) {
      at += 8 // records start at multiples of 8
      continue
    }
    const endBytes = at + recordBytes(header.payloadBytes)
    const payloadStart = at + recordHeaderBytes
    const payload = bytes.subarray(payloadStart, payloadStart + header.payloadBytes)
    const isIntact = payload.length === header.payloadBytes && crc32(payload) === header.payloadCrc
    if (isIntact) {
      const { sequence, items, receivedMs } = header
      yield { startBytes: at, endBytes, sequence, items, receivedMs, payload }
    }
    at = endBytes
  }
}
