import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { DamageKeeper } from './damage.ts'
import type { Disk } from './disk.ts'
import type { SegmentOnDisk } from './list-segments.ts'
import { scanInSteps, type SegmentScan } from './scan-segment.ts'
import { inTurns } from './in-turns.ts'

/** A segment in which nothing was written yet, as far as can be seen: its header alone. */
export interface EmptySegment {
  firstSequence: number
}

export interface ReadSegment {
  scan: SegmentScan
  bytes: Buffer
  /** Of the newest segment: whether all that was read is on the disk. */
  isDurable: boolean
}

interface Deps {
  disk: Disk
  dir: string
  log: Logger
  damage: DamageKeeper
}

/**
 * Reads a segment of an earlier life, reports and keeps what is damaged in it, and cuts an
 * incomplete end off. A damaged file in which nothing can be used is out of the way on return.
 */
export async function readSegment(
  deps: Deps,
  file: SegmentOnDisk,
  isNewest: boolean,
): Promise<ReadSegment | EmptySegment | 'damaged'> {
  const { disk, dir, log, damage } = deps
  const path = join(dir, file.name)
  const bytes = await readPatiently(() => disk.read(path, 0, file.sizeBytes)).catch(
    (error: unknown) => {
      log.error({ err: error, file: file.name }, 'A journal segment cannot be read')
    },
  )
  if (bytes === undefined) {
    await damage.move(file.name)
    return 'damaged'
  }
  const scan = await inTurns(scanInSteps(bytes))
  if (scan.records.length > 0) {
    await report(deps, file, { scan, bytes })
    const isDurable = await settleEnd(deps, file, scan.tornFromBytes, isNewest)
    return { scan, bytes, isDurable }
  }
  const isWhole = scan.damaged.length === 0 && scan.tornFromBytes === undefined
  if (scan.header !== undefined && isWhole) {
    await settleEnd(deps, file, undefined, isNewest) // the cursor may name it from here on
    return { firstSequence: scan.header.firstSequence }
  }
  await damage.move(file.name)
  return 'damaged'
}

const ATTEMPTS = 3
const PAUSE_MS = 200

/** A disk that does not answer once may the next time: a segment given up here is not stored. */
async function readPatiently<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
      await setTimeout(PAUSE_MS)
    }
  }
}

async function report(
  { log, damage }: Deps,
  { number, name }: SegmentOnDisk,
  { scan, bytes }: Omit<ReadSegment, 'isDurable'>,
): Promise<void> {
  if (scan.header === undefined) {
    log.error({ segment: name }, 'The header of a journal segment is damaged')
  }
  for (const range of scan.damaged) {
    log.error({ segment: name, ...range }, 'A range of a journal segment is damaged')
    await damage.copy(number, range, bytes)
  }
  if (scan.tornFromBytes === undefined) return
  const torn = { startBytes: scan.tornFromBytes, endBytes: bytes.length }
  log.warn({ segment: name, ...torn }, 'The end of a journal segment is incomplete and was cut')
  await damage.copy(number, torn, bytes)
}

/**
 * Cuts an incomplete end off. A process that was killed may have written what it did not sync: of the
 * newest segment that is made durable now, or a sender that comes again would be told of something
 * that can still be lost.
 */
async function settleEnd(
  { disk, dir, log }: Deps,
  { name }: SegmentOnDisk,
  tornFromBytes: number | undefined,
  isNewest: boolean,
): Promise<boolean> {
  const path = join(dir, name)
  try {
    if (tornFromBytes !== undefined) await disk.cut(path, tornFromBytes)
    else if (isNewest) await disk.sync(path)
    return true
  } catch (error) {
    log.warn({ err: error, segment: name }, 'The end of a journal segment could not be synced')
    return false
  }
}
