import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const realSetImmediate = globalThis.setImmediate

interface Event {
  atMs: number
  order: number
  run: (() => void) | undefined
  /** Goes with the process when that is killed. */
  isOfProcess: boolean
}

/**
 * Time that passes only from one event to the next. With a seeded `random` a run is the same each
 * time, down to the order in which promises settle.
 */
export class VirtualTime {
  nowMs: number
  /** How many events there were. */
  events = 0
  readonly #heap: Event[] = []
  #order = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** Something that happens whatever becomes of the process. */
  at(delayMs: number, run: () => void): void {
    this.#add(delayMs, run, false)
  }

  /** A timer of the process. */
  timer(delayMs: number, run: () => void): Event {
    return this.#add(delayMs, run, true)
  }

  /** A wait of the process. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.timer(delayMs, resolve))
  }

  /** The process is killed: nothing that it waits for comes. */
  dropProcess(): void {
    for (const event of this.#heap) if (event.isOfProcess) event.run = undefined
  }

  /** Goes to the next event and lets everything settle. @returns false where there is none */
  async step(): Promise<boolean> {
    for (;;) {
      const event = this.#pop()
      if (event === undefined) return false
      if (event.run === undefined) continue
      this.nowMs = Math.max(this.nowMs, event.atMs)
      this.events++
      event.run()
      await new Promise((resolve) => realSetImmediate(resolve))
      return true
    }
  }

  #add(delayMs: number, run: () => void, isOfProcess: boolean): Event {
    const event = {
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.#order++,
      run,
      isOfProcess,
    }
    const heap = this.#heap
    heap.push(event)
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[i] = heap[parent]!
      heap[(i = parent)] = event
    }
    return event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

/** From here on until disposed, all timers, clocks and randomness of this thread are these. */
export function useVirtualTime(time: VirtualTime, random: () => number): Disposable {
  const real = {
    globals: {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setInterval: globalThis.setInterval,
      clearInterval: globalThis.clearInterval,
    },
    now: Date.now,
    abortTimeout: AbortSignal.timeout.bind(AbortSignal),
    random: Math.random,
    randomInt: crypto.randomInt,
    promises: { setTimeout: timers.setTimeout, setImmediate: timers.setImmediate },
  }
  const startMs = time.nowMs
  const clear = (timer: unknown) => {
    if (timer instanceof Timer) timer.clear()
  }
  Object.assign(globalThis, {
    setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      new Timer(time, ms, undefined, () => run(...args)),
    setInterval: (run: () => void, ms: number) => new Timer(time, ms, ms, run),
    clearTimeout: clear,
    clearInterval: clear,
  })
  Object.assign(timers, {
    setTimeout: (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        const timer = new Timer(time, ms, undefined, () => resolve(value))
        signal?.addEventListener('abort', () => {
          timer.clear()
          reject(signal.reason as Error)
        })
      }),
    setImmediate: () => time.wait(0),
  })
  AbortSignal.timeout = (ms) => {
    const timeout = new AbortController()
    time.timer(ms, () => timeout.abort(new DOMException('It took too long', 'TimeoutError')))
    return timeout.signal
  }
  Date.now = () => Math.floor(time.nowMs)
  performance.now = () => time.nowMs - startMs
  Math.random = random
  crypto.randomInt = ((low: number, high: number) =>
    low + Math.floor(random() * (high - low))) as typeof crypto.randomInt // the one form in use
  syncBuiltinESMExports()

  return {
    [Symbol.dispose]() {
      Object.assign(globalThis, real.globals)
      Object.assign(timers, real.promises)
      AbortSignal.timeout = real.abortTimeout
      Date.now = real.now
      Reflect.deleteProperty(performance, 'now') // the prototype's own is there again
      Math.random = real.random
      crypto.randomInt = real.randomInt
      syncBuiltinESMExports()
    },
  }
}

/** What `setTimeout` returns, as far as it is used. */
class Timer {
  #event: Event | undefined

  constructor(time: VirtualTime, delayMs: number, everyMs: number | undefined, run: () => void) {
    const fire = () => {
      this.#event = everyMs === undefined ? undefined : time.timer(everyMs, fire)
      run()
    }
    this.#event = time.timer(delayMs, fire)
  }

  clear(): void {
    if (this.#event !== undefined) this.#event.run = undefined
    this.#event = undefined
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
