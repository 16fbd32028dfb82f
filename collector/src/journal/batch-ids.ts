import { randomInt } from 'node:crypto'
import { batchId } from './record-header.ts'

/** Counters reserved in the cursor at a time: an hour of one stream, half a minute of a hundred. */
const blockSize = 4096
const counterEnd = 2 ** 32 - blockSize

/**
 * Numbers for batches, never one twice: the cursor holds a ceiling above all that may be in use, and
 * a start goes on from there, whatever became of the segments. Without a cursor nothing is known, so
 * the epoch is new.
 */
export class BatchIds {
  #epoch: number
  #next: number
  #ceiling: number

  constructor(cursor: { epoch: number; batchCeiling: number } | undefined) {
    this.#epoch = cursor?.epoch ?? newEpoch()
    this.#next = cursor?.batchCeiling ?? 1
    this.#ceiling = this.#next
  }

  get epoch(): number {
    return this.#epoch
  }

  get ceiling(): number {
    return this.#ceiling
  }

  /** @returns whether `count` more can be taken before the next `reserve` */
  has(count: number): boolean {
    return this.#next + count <= this.#ceiling
  }

  take(): bigint {
    if (!this.has(1)) throw new Error('batch ids are taken only from a reserved block')
    return batchId(this.#epoch, this.#next++)
  }

  /** The block to make durable before `take` may go on; `granted` once it is. */
  nextBlock(): { epoch: number; batchCeiling: number } {
    return this.#ceiling < counterEnd
      ? { epoch: this.#epoch, batchCeiling: this.#ceiling + blockSize }
      : { epoch: newEpoch(), batchCeiling: 1 + blockSize }
  }

  granted({ epoch, batchCeiling }: { epoch: number; batchCeiling: number }): void {
    if (epoch !== this.#epoch) this.#next = batchCeiling - blockSize
    this.#epoch = epoch
    this.#ceiling = batchCeiling
  }
}

/** Not 0, so that no batch id is small enough to be confused with a count. */
function newEpoch(): number {
  return randomInt(1, 2 ** 32)
}
