import { join } from 'node:path'
import { fault } from '../fault.ts'
import type { Disk, SegmentFile } from './disk.ts'
import { encodeSegmentHeader, formatVersion, segmentHeaderBytes } from './segment-header.ts'

/** Nothing was written and nothing is uncertain: the disk or a quota is full. */
export class NoRoom extends Error {
  override name = 'NoRoom'
}

/** What the file holds past its committed end is unknown. It is closed and never synced again. */
class Unsynced extends Error {
  override name = 'Unsynced'
}

interface ActiveSegment {
  number: number
  epoch: number
  sizeBytes: number
  file: SegmentFile
}

interface Deps {
  disk: Disk
  dir: string
  now: () => number
  onSync: (durationMs: number) => void
}

/**
 * The one segment that is being written, and the only caller of its fsync. After a failed fsync the
 * kernel may have dropped the pages, and the next fsync succeeds and lies: such a file is left.
 */
export class SegmentWriter {
  readonly #deps: Deps
  #active: ActiveSegment | undefined

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get active(): Readonly<Omit<ActiveSegment, 'file'>> | undefined {
    return this.#active
  }

  /** Starts the segment `number`; durable with its name on return. */
  async start(number: number, firstSequence: number, epoch: number): Promise<void> {
    await this.close()
    const { disk, dir, now } = this.#deps
    const path = join(dir, segmentName(number))
    const createdMs = now()
    const header = {
      version: formatVersion,
      flags: 0,
      segment: number,
      firstSequence,
      epoch,
      createdMs,
    }

    let file: SegmentFile | undefined
    try {
      await fault('journal.roll')
      file = await disk.create(path)
      const written = await file.write([encodeSegmentHeader(header)], 0)
      if (written !== segmentHeaderBytes) throw new NoRoom(`${path}: short write`)
      await this.#sync(file)
      await fault('journal.dirsync')
      await disk.syncDirectory(dir)
    } catch (error) {
      // An empty segment may stay behind; the next start removes it.
      await file?.close().catch(() => {})
      await disk.unlink(path).catch(() => {})
      throw isNoRoom(error)
        ? new NoRoom(path, { cause: error })
        : new Unsynced(path, { cause: error })
    }
    this.#active = { number, epoch, sizeBytes: segmentHeaderBytes, file }
  }

  /**
   * Writes and syncs at the end of the active segment.
   *
   * @returns where the first byte went
   * @throws NoRoom, Unsynced; of the bytes nothing counts then
   */
  async append(buffers: Uint8Array[], lengthBytes: number): Promise<number> {
    const active = this.#active
    if (active === undefined) throw new Error('no active segment')
    const { file, sizeBytes: startBytes } = active
    try {
      const isShort = (await fault('journal.write')) === 'short'
      const written = await file.write(isShort ? firstHalf(buffers) : buffers, startBytes)
      if (written !== lengthBytes) throw new NoRoom('short write')
    } catch (error) {
      if (!isNoRoom(error)) return this.#abandon(active, error)
      try {
        // Synced, or a power cut could bring back what is about to be refused.
        await file.truncate(startBytes)
        await this.#sync(file)
      } catch (failure) {
        return this.#abandon(active, failure)
      }
      throw new NoRoom('the disk is full', { cause: error })
    }

    try {
      await this.#sync(file)
    } catch (error) {
      return this.#abandon(active, error)
    }
    active.sizeBytes += lengthBytes
    return startBytes
  }

  async close(): Promise<void> {
    const active = this.#active
    this.#active = undefined
    await active?.file.close()
  }

  async #abandon({ file, sizeBytes, number }: ActiveSegment, cause: unknown): Promise<never> {
    this.#active = undefined
    await file.truncate(sizeBytes).catch(() => {})
    await file.close().catch(() => {})
    throw new Unsynced(`segment ${segmentName(number)} cannot be synced`, { cause })
  }

  async #sync(file: SegmentFile): Promise<void> {
    const startMs = performance.now()
    await fault('journal.sync')
    await file.datasync()
    this.#deps.onSync(performance.now() - startMs)
  }
}

function firstHalf(buffers: readonly Uint8Array[]): Uint8Array[] {
  const bytes = Buffer.concat(buffers)
  return [bytes.subarray(0, bytes.length / 2)]
}

export function segmentName(number: number): string {
  return `${number.toString(16).padStart(16, '0')}.seg`
}

/** @returns undefined for files that are not segments */
export function segmentNumber(name: string): number | undefined {
  const number = /^[0-9a-f]{16}\.seg$/.test(name) ? Number.parseInt(name, 16) : undefined
  return number !== undefined && number < 2 ** 48 ? number : undefined
}

/** Whether a disk or a quota is full. */
export function isNoRoom(error: unknown): boolean {
  if (error instanceof NoRoom) return true
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
