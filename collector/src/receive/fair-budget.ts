type Limits = {
  /** What all hold together. */
  max: number
  /** What a key may always hold while it fits, whatever its share. */
  keyMin: number
  /** A key counts as active for this long after it last asked. */
  activeMs: number
}

/**
 * A bound that keys share. Up to a half of it anybody may hold what they like; past that no key holds
 * more than its even share, so that the room a greedy one finds is never that of the others.
 *
 * What one request alone needs beyond a bound it gets while nothing else is in its way: nothing of
 * anybody beyond the whole, nothing of its own key beyond its share.
 */
export class FairBudget {
  readonly #limits: Limits
  readonly #heldBy = new Map<number, number>()
  readonly #askedMs = new Map<number, number>()
  #held = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get held(): number {
    return this.#held
  }

  /** Whether it would be taken now. */
  fits(key: number, amount: number, own: number, nowMs: number): boolean {
    this.#askedMs.set(key, nowMs)
    const { max, keyMin } = this.#limits
    const total = this.#held + amount
    if (total > max) return this.#held === own
    if (total <= max / 2) return true
    const ofKey = this.#heldBy.get(key) ?? 0
    if (ofKey === own) return true
    return ofKey + amount <= Math.max(keyMin, max / this.#activeKeys(nowMs))
  }

  /**
   * @param own what the same request holds already
   * @returns false where it does not fit: nothing was taken
   */
  take(key: number, amount: number, own: number, nowMs: number): boolean {
    if (!this.fits(key, amount, own, nowMs)) return false
    this.#held += amount
    this.#heldBy.set(key, (this.#heldBy.get(key) ?? 0) + amount)
    return true
  }

  give(key: number, amount: number): void {
    this.#held -= amount
    const left = (this.#heldBy.get(key) ?? 0) - amount
    if (left > 0) this.#heldBy.set(key, left)
    else this.#heldBy.delete(key)
  }

  #activeKeys(nowMs: number): number {
    for (const [key, askedMs] of this.#askedMs) {
      const isGone = nowMs - askedMs > this.#limits.activeMs && !this.#heldBy.has(key)
      if (isGone) this.#askedMs.delete(key)
    }
    return this.#askedMs.size
  }
}
