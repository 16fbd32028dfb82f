import type { JournalBatch } from './journal-batch.ts'

/** Sealed batches that are not released, oldest first. */
export class BatchShelf {
  readonly #batches = new Map<bigint, { batch: JournalBatch; position: number; taken: boolean }>()
  #nextPosition = 1
  #added = Promise.withResolvers<void>()
  #closed = false

  get size(): number {
    return this.#batches.size
  }

  add(batch: JournalBatch): void {
    this.#batches.set(batch.id, { batch, position: this.#nextPosition++, taken: false })
    this.#wake()
  }

  *all(): Generator<JournalBatch> {
    for (const { batch } of this.#batches.values()) yield batch
  }

  get(id: bigint): JournalBatch | undefined {
    return this.#batches.get(id)?.batch
  }

  delete(id: bigint): void {
    this.#batches.delete(id)
  }

  oldestMs(): number {
    let oldestMs = Infinity
    for (const { batch } of this.#batches.values()) oldestMs = Math.min(oldestMs, batch.oldestMs)
    return oldestMs
  }

  /** From the oldest on, and on with what is added, until aborted or closed. */
  async *walk(signal: AbortSignal): AsyncGenerator<JournalBatch> {
    const onAbort = () => this.#wake()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      let last = 0
      while (!signal.aborted && !this.#closed) {
        const added = this.#added.promise // taken first: what is added from here on wakes us
        for (const entry of this.#batches.values()) {
          if (entry.position <= last) continue
          last = entry.position
          entry.batch.mayBeStored ||= entry.taken
          entry.taken = true
          yield entry.batch
          if (signal.aborted) return
        }
        await added
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  #wake(): void {
    this.#added.resolve()
    this.#added = Promise.withResolvers()
  }
}
