/** Work of which much may run at once, except while one part of it needs to be alone. */
export interface Pause {
  /** Waits while something is alone. */
  together: <T>(work: () => Promise<T>) => Promise<T>
  /** Waits until nothing runs, and lets nothing begin meanwhile. */
  alone: <T>(work: () => Promise<T>) => Promise<T>
}

export function createPause(): Pause {
  const running = new Set<Promise<unknown>>()
  let last: Promise<unknown> = Promise.resolve()

  return {
    async together(work) {
      await last
      const started = work()
      const ended = started.catch(() => {})
      running.add(ended)
      try {
        return await started
      } finally {
        running.delete(ended)
      }
    },
    alone(work) {
      const started = last.then(async () => {
        await Promise.all(running)
        return work()
      })
      last = started.catch(() => {})
      return started
    },
  }
}
