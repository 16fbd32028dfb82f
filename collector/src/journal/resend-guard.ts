import { hash } from 'node:crypto'
import type { CheckedRequest } from './checked-request.ts'

type Body = Pick<CheckedRequest, 'kind' | 'keyId' | 'bytes'>

interface Entry {
  key: string
  bodyHash: string
  rememberedMs: number
  /** Whether the body came into the journal: its append may still be under way. */
  isDurable: Promise<boolean>
}

interface Deps {
  now: () => number
  ageMs: number
  /** The oldest entries go first. */
  entriesMax: number
}

/**
 * Bodies that are in the journal although their sender may not know: the next one that is equal is
 * the same request, sent again.
 *
 * Nothing is hashed until a body of the same key and length comes: identical lengths are rare, and
 * mostly there is nothing to remember at all.
 */
export class ResendGuard {
  readonly #deps: Deps
  /** In the order they came, oldest first. */
  readonly #entries = new Set<Entry>()
  /** By key and length, then by hash: senders of bodies of one length leave many. */
  readonly #byKey = new Map<string, Map<string, Set<Entry>>>()
  #folded = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Requests that were taken for one that is there already. */
  get folded(): number {
    return this.#folded
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  remember(body: Body, isDurable: Promise<boolean> = Promise.resolve(true)): void {
    this.#expire()
    const entry = {
      key: keyOf(body),
      bodyHash: bodyHashOf(body),
      rememberedMs: this.#deps.now(),
      isDurable,
    }
    this.#entries.add(entry)
    const alike = this.#byKey.get(entry.key) ?? new Map<string, Set<Entry>>()
    this.#byKey.set(entry.key, alike)
    const equal = alike.get(entry.bodyHash)
    if (equal === undefined) alike.set(entry.bodyHash, new Set([entry]))
    else equal.add(entry)
  }

  /** @returns whether the body is in the journal already; each remembered one answers for one */
  async folds(body: Body): Promise<boolean> {
    this.#expire()
    const alike = this.#byKey.get(keyOf(body))
    if (alike === undefined) return false
    const [entry] = alike.get(bodyHashOf(body)) ?? []
    if (entry === undefined) return false
    this.#forget(entry)
    if (!(await entry.isDurable)) return false
    this.#folded++
    return true
  }

  #expire(): void {
    const { now, ageMs, entriesMax } = this.#deps
    const oldestMs = now() - ageMs
    for (const entry of this.#entries) {
      if (entry.rememberedMs > oldestMs && this.#entries.size <= entriesMax) return
      this.#forget(entry)
    }
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry)
    const alike = this.#byKey.get(entry.key)
    const equal = alike?.get(entry.bodyHash)
    equal?.delete(entry)
    if (equal?.size === 0) alike?.delete(entry.bodyHash)
    if (alike?.size === 0) this.#byKey.delete(entry.key)
  }
}

function keyOf({ kind, keyId, bytes }: Body): string {
  return `${keyId}/${kind}/${bytes.length}`
}

function bodyHashOf({ bytes }: Body): string {
  return hash('sha256', bytes, 'base64')
}
