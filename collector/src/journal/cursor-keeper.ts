import { writeCursor, type Cursor } from './cursor.ts'
import type { Disk } from './disk.ts'

/** Writes the cursor, one at a time: two who write at once would undo each other's news. */
export class CursorKeeper {
  readonly #deps: { disk: Disk; dir: string }
  #last: Promise<void> = Promise.resolve()

  constructor(deps: { disk: Disk; dir: string }) {
    this.#deps = deps
  }

  /**
   * @param build called when it is its turn
   * @param written called before the next one builds
   */
  write(build: () => Cursor, written: (cursor: Cursor) => void = () => {}): Promise<void> {
    const { disk, dir } = this.#deps
    const turn = async () => {
      const cursor = build()
      await writeCursor(disk, dir, cursor)
      written(cursor)
    }
    this.#last = this.#last.then(turn, turn)
    return this.#last
  }
}
