import type { Logger } from 'pino'
import { freeBytesMark, journalBytesMark, type JournalLimits } from './limits.ts'

/** Whether requests are taken. What is full ends by itself. */
export type Room = 'open' | 'disk_full' | 'journal_full'

export interface Space {
  freeBytes: number
  totalBytes: number
}

export interface Marks {
  freeBytesMin: number
  journalBytesMax: number
}

/** What was closed opens only well past the mark, so that it does not flutter. */
const resumeFactor = 1.25

export function chooseMarks(
  limits: Pick<JournalLimits, 'freeBytesMin' | 'journalBytesMax'>,
  space: Space,
): Marks {
  return {
    freeBytesMin: limits.freeBytesMin ?? freeBytesMark(space.totalBytes),
    journalBytesMax: limits.journalBytesMax ?? journalBytesMark(space.freeBytes),
  }
}

export function nextRoom(
  room: Room,
  { freeBytes, journalBytes }: { freeBytes: number; journalBytes: number },
  marks: Marks,
): Room {
  const freeBytesMin = marks.freeBytesMin * (room === 'disk_full' ? resumeFactor : 1)
  const journalBytesMax = marks.journalBytesMax / (room === 'journal_full' ? resumeFactor : 1)
  if (freeBytes < freeBytesMin) return 'disk_full'
  if (journalBytes >= journalBytesMax) return 'journal_full'
  return 'open'
}

interface Deps {
  log: Logger
  marks: Marks
  checkMs: number
  journalBytes: () => number
  readSpace: () => Promise<Space>
  /** After each look, whatever it found. */
  checked: () => void
}

/** Looks at the disk from time to time. */
export class RoomWatch implements Disposable {
  readonly #deps: Deps
  readonly #timer: NodeJS.Timeout
  #room: Room = 'open'

  constructor(deps: Deps) {
    this.#deps = deps
    this.#timer = setInterval(() => void this.check(), deps.checkMs)
    this.#timer.unref()
  }

  get room(): Room {
    return this.#room
  }

  /** Never rejects: a disk that does not tell leaves things as they are. */
  async check(): Promise<void> {
    const { log, marks, journalBytes, readSpace, checked } = this.#deps
    try {
      const { freeBytes } = await readSpace()
      this.set(nextRoom(this.#room, { freeBytes, journalBytes: journalBytes() }, marks))
    } catch (error) {
      log.warn({ err: error }, 'The free disk space cannot be read')
    }
    checked()
  }

  set(room: Room): void {
    if (room === this.#room) return
    const { log, marks, journalBytes } = this.#deps
    const facts = { room, journalBytes: journalBytes(), ...marks }
    if (room === 'open') log.info(facts, 'The journal takes requests again')
    else log.warn(facts, 'The journal is full and refuses requests')
    this.#room = room
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
