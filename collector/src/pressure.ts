import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { SignalKind } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import type { Metrics } from './observe/metrics.ts'
import {
  isShed,
  nextShedLevel,
  SHED_ORDER,
  shedMarks,
  type Sheddable,
  type ShedMarks,
} from './shed-level.ts'

/** How much must be given up for now, so that the rest stays quick. */
export interface Pressure extends Disposable {
  sheds: (what: Sheddable | SignalKind) => boolean
  /** By name, first given up first. */
  givenUp: () => readonly Sheddable[]
}

type Deps = { log: Logger; metrics: Pick<Metrics, 'watch'>; marks?: ShedMarks }

const LOOK_MS = 1000
const RESOLUTION_MS = 10

/** Looks at the event loop's delay once a second: what waits there, every sender waits for. */
export function watchPressure({ log, metrics, marks = shedMarks }: Deps): Pressure {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let level = 0
  let delayMs = 0
  let before = readBusy()

  const timer = setInterval(() => {
    // The histogram measures from timer to timer: its resolution is no delay.
    delayMs = Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS)
    histogram.reset()
    const now = readBusy()
    const busy = (now.cpuMs - before.cpuMs) / (now.atMs - before.atMs)
    before = now
    const next = nextShedLevel(level, { delayMs, busy }, marks)
    if (next === level) return
    const sheds = SHED_ORDER.slice(0, next)
    if (next > level) log.warn({ delayMs, sheds }, 'Too much to do: this is given up for now')
    else log.info({ delayMs, sheds }, 'There is room again')
    level = next
  }, LOOK_MS)
  timer.unref()

  metrics.watch('shed_level', `0, or how much is given up: ${SHED_ORDER.join(', ')}.`, () => level)
  metrics.watch(
    'event_loop_delay_seconds',
    'How late the event loop was in the last second, 99th percentile.',
    () => delayMs / 1000,
  )

  return {
    sheds: (what) => isShed(what, level),
    givenUp: () => SHED_ORDER.slice(0, level),
    [Symbol.dispose]() {
      clearInterval(timer)
      histogram.disable()
    },
  }
}

function readBusy(): { atMs: number; cpuMs: number } {
  const { user, system } = process.threadCpuUsage()
  return { atMs: performance.now(), cpuMs: (user + system) / 1000 }
}
