/** Payloads kept in memory for the store, as far as there is room for them in all. */
export class HeldPayloads {
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** @returns the payloads with the one more, or undefined where the batch must be read back */
  add(payloads: Uint8Array[] | undefined, bytes: Uint8Array): Uint8Array[] | undefined {
    if (payloads === undefined) return undefined
    if (this.#bytes + bytes.length > this.#bytesMax) return this.drop(payloads)
    this.#bytes += bytes.length
    payloads.push(bytes)
    return payloads
  }

  /** @returns undefined: what is left of them in memory */
  drop(payloads: readonly Uint8Array[] | undefined): undefined {
    for (const { length } of payloads ?? []) this.#bytes -= length
    return undefined
  }
}
