export interface KeyRate {
  requestsPerSecond: number
  bytesPerSecond: number
  /** How long a key may send at twice its rate after it was silent. */
  burstSeconds: number
}

/** What adding up fractions may lose. */
const ROUNDING = 1e-6

interface Bucket {
  requests: number
  bytes: number
  atMs: number
}

/**
 * What each key may send a second: two buckets that fill at its rate. The size of a body is known
 * only afterwards, so bytes may run into debt, and the key waits until it is paid.
 */
export class Rates {
  readonly #rate: KeyRate
  readonly #buckets = new Map<number, Bucket>()

  constructor(rate: KeyRate) {
    this.#rate = rate
  }

  /** Counts one request. @returns 0, or after how many ms the key may send again: nothing is counted */
  request(key: number, nowMs: number): number {
    const { requestsPerSecond, bytesPerSecond } = this.#rate
    const bucket = this.#filled(key, nowMs)
    if (bucket.requests >= 1 - ROUNDING && bucket.bytes > 0) {
      bucket.requests--
      return 0
    }
    const missingRequests = Math.max(0, 1 - bucket.requests) / requestsPerSecond
    const missingBytes = Math.max(0, 1 - bucket.bytes) / bytesPerSecond
    return Math.ceil(Math.max(missingRequests, missingBytes) * 1000 - ROUNDING)
  }

  /** Counts bytes that have come. */
  bytes(key: number, count: number, nowMs: number): void {
    this.#filled(key, nowMs).bytes -= count
  }

  #filled(key: number, nowMs: number): Bucket {
    const { requestsPerSecond, bytesPerSecond, burstSeconds } = this.#rate
    const requestsMax = requestsPerSecond * burstSeconds
    const bytesMax = bytesPerSecond * burstSeconds
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      const full = { requests: requestsMax, bytes: bytesMax, atMs: nowMs }
      this.#buckets.set(key, full)
      return full
    }
    const seconds = Math.max(0, nowMs - bucket.atMs) / 1000
    bucket.requests = Math.min(requestsMax, bucket.requests + seconds * requestsPerSecond)
    bucket.bytes = Math.min(bytesMax, bucket.bytes + seconds * bytesPerSecond)
    bucket.atMs = nowMs
    return bucket
  }
}
