import type { ReceiveLimits } from './limits.ts'

/** Finds bodies that come too slowly: one timer for all of them. */
export interface SlowBodies extends Disposable {
  /** @param giveUp called once, when the body was too slow for a whole window, or never ended */
  watch(giveUp: () => void): WatchedBody
}

export interface WatchedBody extends Disposable {
  /** Bytes that came since the window began: whoever reads adds to it. */
  bytes: number
}

type Limits = Pick<ReceiveLimits, 'slowBytesPerSecond' | 'slowAfterMs' | 'bodyMsMax'>

/** Of a window that lasted so long. */
export function isTooSlow(
  bytes: number,
  elapsedMs: number,
  { slowBytesPerSecond }: Pick<Limits, 'slowBytesPerSecond'>,
) {
  return bytes < (slowBytesPerSecond * elapsedMs) / 1000
}

export function watchSlowBodies(limits: Limits): SlowBodies {
  const watched = new Set<{ bytes: number; sinceMs: number; endMs: number; giveUp: () => void }>()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    for (const body of watched) {
      if (nowMs > body.endMs) body.giveUp()
      const elapsedMs = nowMs - body.sinceMs
      if (elapsedMs < limits.slowAfterMs) continue
      if (isTooSlow(body.bytes, elapsedMs, limits)) body.giveUp()
      else Object.assign(body, { bytes: 0, sinceMs: nowMs })
    }
  }, limits.slowAfterMs / 5)
  timer.unref()

  return {
    watch(giveUp) {
      const nowMs = performance.now()
      const body = {
        bytes: 0,
        sinceMs: nowMs,
        endMs: nowMs + limits.bodyMsMax,
        giveUp,
        [Symbol.dispose]: () => void watched.delete(body),
      }
      watched.add(body)
      return body
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
