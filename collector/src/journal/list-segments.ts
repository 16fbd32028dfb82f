import { join } from 'node:path'
import type { DamageKeeper } from './damage.ts'
import type { Disk } from './disk.ts'
import { JournalTooNew } from './journal-errors.ts'
import { formatVersion, parseSegmentHeader, segmentHeaderBytes } from './segment-header.ts'
import { segmentNumber } from './segment-writer.ts'

export interface SegmentOnDisk {
  number: number
  /** The number it was written under, by its header: files may have been copied or renamed. */
  place: number
  name: string
  sizeBytes: number
}

interface Deps {
  disk: Disk
  dir: string
  damage: DamageKeeper
}

/** No segment is larger: 64 MiB and one request that did not fit. Beyond, it is somebody else's. */
const fileBytesMax = 256 * 2 ** 20

/**
 * In the order they were written; files that only look like segments are moved away.
 * @throws JournalTooNew
 */
export async function listSegments(deps: Deps): Promise<SegmentOnDisk[]> {
  const { disk, dir, damage } = deps
  const segments: SegmentOnDisk[] = []
  for (const { name, sizeBytes } of await disk.list(dir)) {
    if (!name.endsWith('.seg')) continue
    const number = segmentNumber(name)
    if (number === undefined || sizeBytes === 0 || sizeBytes > fileBytesMax) {
      await damage.move(name)
      continue
    }
    const place = await placeOf(disk, join(dir, name), number)
    segments.push({ number, place, name, sizeBytes })
  }
  return segments.toSorted((a, b) => a.place - b.place || a.number - b.number)
}

async function placeOf(disk: Disk, path: string, number: number): Promise<number> {
  const bytes = await disk.read(path, 0, segmentHeaderBytes).catch(() => undefined)
  const header = bytes && parseSegmentHeader(bytes)
  if (header === undefined) return number
  if (header.version > formatVersion) throw new JournalTooNew(path, header.version)
  return header.segment
}
