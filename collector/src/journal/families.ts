/** Which batches were split into which, until the last part of each has ended. */
export class Families {
  readonly #parentOf = new Map<bigint, bigint>()
  readonly #livingChildren = new Map<bigint, Set<bigint>>()

  split(parent: bigint, children: Iterable<bigint>): void {
    this.#livingChildren.set(parent, new Set(children))
    for (const child of children) this.#parentOf.set(child, parent)
  }

  /** @returns the batch and those it was the last part of: all of them are over now */
  end(batch: bigint): bigint[] {
    const over = [batch]
    let child = batch
    for (;;) {
      const parent = this.#parentOf.get(child)
      if (parent === undefined) return over
      this.#parentOf.delete(child)
      const living = this.#livingChildren.get(parent)
      living?.delete(child)
      if (living !== undefined && living.size > 0) return over
      this.#livingChildren.delete(parent)
      over.push(parent)
      child = parent
    }
  }
}
