import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Disk } from './disk.ts'
import { segmentName } from './segment-writer.ts'
import type { ByteRange } from './scan-segment.ts'

const rangeBytesMax = 2 ** 20

interface Deps {
  disk: Disk
  dir: string
  log: Logger
  damagedBytesMax: number
}

/** Keeps what a start could not read in `damaged/`, for a person to look at. Never fails a start. */
export class DamageKeeper {
  readonly #deps: Deps
  #keptBytes: number | undefined

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Copies the first MiB of a range, within what `damaged/` may hold. */
  async copy(segment: number, { startBytes, endBytes }: ByteRange, bytes: Buffer): Promise<void> {
    const { disk, log, damagedBytesMax } = this.#deps
    const part = bytes.subarray(startBytes, Math.min(endBytes, startBytes + rangeBytesMax))
    try {
      const keptBytes = await this.#measure()
      if (keptBytes + part.length > damagedBytesMax) return
      this.#keptBytes = keptBytes + part.length
      await disk.write(join(this.#dir, `${segmentName(segment)}.${startBytes}`), [part])
    } catch (error) {
      log.warn({ err: error, segment, startBytes }, 'A damaged range could not be copied')
    }
  }

  /** Moves a whole file there. @returns whether it is out of the way */
  async move(name: string): Promise<boolean> {
    const { disk, dir, log } = this.#deps
    try {
      await this.#measure()
      await disk.rename(join(dir, name), join(this.#dir, name))
      log.warn({ file: name }, 'A file of the journal cannot be used and was moved to damaged/')
      return true
    } catch (error) {
      log.warn({ err: error, file: name }, 'A damaged file could not be moved')
      return false
    }
  }

  get #dir(): string {
    return join(this.#deps.dir, 'damaged')
  }

  async #measure(): Promise<number> {
    if (this.#keptBytes !== undefined) return this.#keptBytes
    const { disk } = this.#deps
    await disk.makeDirectory(this.#dir)
    const files = await disk.list(this.#dir)
    this.#keptBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return this.#keptBytes
  }
}
