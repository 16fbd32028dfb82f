import type { SequenceRange } from './notes.ts'

interface Run extends SequenceRange {
  segment: number
}

export interface Hole extends SequenceRange {
  /** The segments of its neighbours. */
  after: number
  before: number
}

interface Border {
  sequence: number
  segment: number
}

/** Which sequences were found, and in which segment: what was there twice, and what is missing. */
export class SequenceSet {
  /** Ascending, apart. Few: one for each segment and each damage. */
  readonly #runs: Run[] = []
  #recent = 0

  get lowest(): number | undefined {
    return this.#runs[0]?.first
  }

  /** @returns whether it was not there yet */
  add(sequence: number, segment: number): boolean {
    const recent = this.#runs[this.#recent]
    if (recent !== undefined && this.#extend(recent, this.#recent, sequence, segment)) return true

    const at = this.#indexOf(sequence)
    const run = this.#runs[at]
    if (run !== undefined && run.first <= sequence && sequence <= run.last) return false
    const before = this.#runs[at - 1]
    if (before !== undefined && this.#extend(before, at - 1, sequence, segment)) return true
    this.#runs.splice(at, 0, { first: sequence, last: sequence, segment })
    this.#recent = at
    return true
  }

  /** Missing sequences from `start` and below `end`, ascending. */
  holes(start: Border, end: Border): Hole[] {
    const before = { first: start.sequence - 1, last: start.sequence - 1, segment: start.segment }
    const after = { first: end.sequence, last: end.sequence, segment: end.segment }
    return [before, ...this.#runs, after].flatMap((run, i, runs) => {
      const previous = runs[i - 1]
      if (previous === undefined || run.first <= previous.last + 1) return []
      const range = { first: previous.last + 1, last: run.first - 1 }
      return [{ ...range, after: previous.segment, before: run.segment }]
    })
  }

  #extend(run: Run, at: number, sequence: number, segment: number): boolean {
    if (run.segment !== segment || sequence !== run.last + 1) return false
    if (this.#runs[at + 1]?.first === sequence) return false
    run.last = sequence
    this.#recent = at
    return true
  }

  /** Of the first run that ends at or after the sequence. */
  #indexOf(sequence: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const run = this.#runs[middle]
      if (run !== undefined && run.last < sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}
