import { join } from 'node:path'
import type { Logger } from 'pino'
import { fault } from '../fault.ts'
import type { Committer } from './committer.ts'
import type { Disk } from './disk.ts'
import type { Note } from './journal-records.ts'
import type { Ledger } from './ledger.ts'
import { encodeAbort, encodeDone } from './notes.ts'
import { recordKinds } from './record-header.ts'
import { segmentName } from './segment-writer.ts'

interface Deps {
  disk: Disk
  dir: string
  log: Logger
  ledger: Ledger
  writeNotes: Committer['writeNotes']
  /** Makes a cursor durable that names all segments but these. */
  writeCursor: (without: ReadonlySet<number>) => Promise<void>
}

/** Removes segments that nobody needs. What fails is tried again with the next call. */
export class SegmentFreer {
  readonly #deps: Deps
  #running: Promise<void> | undefined
  #again = false
  #stopped = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Resolves when what was free at the call is gone, or could not be removed. */
  run(): Promise<void> {
    this.#again = true
    this.#running ??= this.#repeat()
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #repeat(): Promise<void> {
    await Promise.resolve()
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        await this.#free()
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'Journal segments could not be freed yet')
      }
    }
    this.#running = undefined
  }

  async #free(): Promise<void> {
    const { disk, dir, ledger, writeNotes, writeCursor } = this.#deps
    const going = ledger.freeable()
    if (going.length === 0) return

    const keep = ledger.notesToKeep(going)
    const notes: Note[] = []
    if (keep.done.length > 0) notes.push(note(recordKinds.done, encodeDone(keep.done)))
    if (keep.aborts.length > 0) notes.push(note(recordKinds.abort, encodeAbort(keep.aborts)))
    if (notes.length > 0) ledger.rewritten(keep, await writeNotes(() => notes))

    // The cursor first: after a crash between the two a segment is there that need not be,
    // instead of one missing that should be.
    await writeCursor(new Set(going))
    for (const number of going) {
      await fault('journal.unlink')
      await disk.unlink(join(dir, segmentName(number)))
      ledger.remove(number)
    }
  }
}

function note(kind: number, payload: Buffer): Note {
  return { kind, projectNumber: 0, batch: 0n, payload }
}
