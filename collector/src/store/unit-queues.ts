/** What became of one go at a unit. */
export type Step =
  | { step: 'over' }
  /** Its queue waits, and then this unit goes alone. */
  | { step: 'wait'; waitMs: number }
  /** This unit waits, its queue goes on. */
  | { step: 'aside'; waitMs: number }

interface Queued {
  /** Units of one key do not wait for those of another. */
  readonly queue: string
  /** The engine died of it, perhaps: nothing else may be in flight beside it. */
  readonly isSuspect: boolean
}

interface Queue<Unit> {
  waiting: Unit[]
  aside: { unit: Unit; atMs: number }[]
  running: number
  /** Set while it fails: then one unit at a time is sent. */
  retryAtMs: number | undefined
}

/**
 * Units by queue, each in the order of arrival; the queues take turns. What fails holds up its own
 * queue and no other.
 */
export class UnitQueues<Unit extends Queued> {
  readonly #queues = new Map<string, Queue<Unit>>()
  readonly #running = new Map<Unit, Promise<void>>()
  readonly #inFlightMax: number
  readonly #work: (unit: Unit) => Promise<Step>
  readonly #nowMs: () => number
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #failed = Promise.withResolvers<never>()

  /** @param work must not throw: that is a bug, and ends everything */
  constructor({
    inFlightMax,
    work,
    nowMs,
  }: {
    inFlightMax: number
    work: (unit: Unit) => Promise<Step>
    nowMs: () => number // monotonic
  }) {
    this.#inFlightMax = inFlightMax
    this.#work = work
    this.#nowMs = nowMs
    this.#failed.promise.catch(() => {})
  }

  /** Rejects when a unit's work threw. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  get waiting(): number {
    let count = 0
    for (const { waiting, aside } of this.#queues.values()) count += waiting.length + aside.length
    return count
  }

  get inFlight(): number {
    return this.#running.size
  }

  add(unit: Unit): void {
    const queue = this.#queues.get(unit.queue)
    if (queue !== undefined) queue.waiting.push(unit)
    else {
      const fresh = { waiting: [unit], aside: [], running: 0, retryAtMs: undefined }
      this.#queues.set(unit.queue, fresh)
    }
    this.#pump()
  }

  /** What waits for better times tries now: they may have come. */
  retryNow(): void {
    for (const queue of this.#queues.values()) {
      if (queue.retryAtMs !== undefined) queue.retryAtMs = this.#nowMs()
    }
    this.#pump()
  }

  /** Takes units out. Resolves when none of them is in flight any more. */
  async withdraw(units: readonly Unit[]): Promise<void> {
    const going = new Set(units)
    await Promise.all(units.flatMap((unit) => this.#running.get(unit) ?? []))
    for (const queue of this.#queues.values()) {
      queue.waiting = queue.waiting.filter((unit) => !going.has(unit))
      queue.aside = queue.aside.filter(({ unit }) => !going.has(unit))
    }
  }

  /** Starts nothing more. Resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await Promise.all(this.#running.values())
  }

  #pump(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    while (this.#running.size < this.#inFlightMax) {
      if ([...this.#running.keys()].some((unit) => unit.isSuspect)) return
      const next = this.#take()
      if (next === undefined) break
      this.#start(...next)
    }
    const atMs = this.#nextMs()
    if (atMs === undefined) return
    const waitMs = Math.max(1, atMs - this.#nowMs())
    this.#timer = setTimeout(() => this.#pump(), waitMs)
    this.#timer.unref()
  }

  #take(): [Queue<Unit>, Unit] | undefined {
    const nowMs = this.#nowMs()
    for (const [key, queue] of this.#queues) {
      const dueAside = queue.aside.filter(({ atMs }) => atMs <= nowMs)
      if (dueAside.length > 0) {
        queue.aside = queue.aside.filter(({ atMs }) => atMs > nowMs)
        queue.waiting.unshift(...dueAside.map(({ unit }) => unit))
      }
      const [first] = queue.waiting
      if (first === undefined) {
        if (queue.running === 0 && queue.aside.length === 0) this.#queues.delete(key)
        continue
      }
      if (queue.retryAtMs !== undefined && (queue.running > 0 || queue.retryAtMs > nowMs)) continue
      if (first.isSuspect && this.#running.size > 0) continue
      queue.waiting.shift()
      // To the end of the turn.
      this.#queues.delete(key)
      this.#queues.set(key, queue)
      return [queue, first]
    }
    return undefined
  }

  #start(queue: Queue<Unit>, unit: Unit): void {
    queue.running++
    const done = this.#work(unit)
      .then((step) => this.#ended(queue, unit, step))
      .catch((error: unknown) => this.#failed.reject(error))
      .finally(() => {
        queue.running--
        this.#running.delete(unit)
        this.#pump()
      })
    this.#running.set(unit, done)
  }

  #ended(queue: Queue<Unit>, unit: Unit, step: Step): void {
    switch (step.step) {
      case 'over':
        queue.retryAtMs = undefined
        break
      case 'wait':
        queue.retryAtMs = this.#nowMs() + step.waitMs
        queue.waiting.unshift(unit)
        break
      case 'aside':
        queue.retryAtMs = undefined
        queue.aside.push({ unit, atMs: this.#nowMs() + step.waitMs })
    }
  }

  #nextMs(): number | undefined {
    let nextMs: number | undefined
    for (const queue of this.#queues.values()) {
      const times = queue.aside.map(({ atMs }) => atMs)
      if (queue.retryAtMs !== undefined && queue.waiting.length > 0) times.push(queue.retryAtMs)
      for (const atMs of times) if (nextMs === undefined || atMs < nextMs) nextMs = atMs
    }
    return nextMs
  }
}
