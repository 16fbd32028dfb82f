import { expect, test } from 'vitest'
import type { EngineState } from './embedded-clickhouse.ts'
import { EngineError } from './engine-error.ts'
import type { EngineEnd, EngineProcess } from './engine-process.ts'
import { superviseEngine, type Supervisor } from './supervisor.ts'

const crash: EngineEnd = { code: null, signal: 'SIGSEGV', stderr: '' }
const locked = new EngineError('locked', 'Another instance runs.')
const refused = new EngineError('bad_config', 'ClickHouse refused to start.')

/** What one run of the engine does: answers after a while or not, and ends or not. */
interface Run {
  answers?: boolean
  livesMs?: number // undefined: until it is stopped
  reason?: EngineError
  end?: EngineEnd // a crash
}

/** Supervises engines that do as told, on a clock that jumps. The last of `runs` repeats. */
function supervise(runs: readonly Run[]) {
  const waitsMs: number[] = []
  const states: EngineState[] = []
  let clockMs = 0
  let starts = 0
  const current = () => runs[Math.min(starts, runs.length) - 1]!
  const supervisor: Supervisor = superviseEngine({
    spawn() {
      starts++
      return engineThatWaits()
    },
    async watch(engine, onUp) {
      const { answers = false, livesMs, end = crash } = current()
      await Promise.resolve()
      if (answers) onUp()
      if (livesMs === undefined) return engine.ended
      clockMs += livesMs
      return end
    },
    explain: () => current().reason,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    nowMs: () => clockMs,
    async pause(ms) {
      waitsMs.push(ms)
      clockMs += ms
      await new Promise(setImmediate)
    },
  })
  supervisor.onStateChange((state) => states.push(state))
  return { supervisor, waitsMs, states }
}

function engineThatWaits(): EngineProcess {
  const { promise, resolve } = Promise.withResolvers<EngineEnd>()
  const end = () => resolve({ code: 0, signal: null, stderr: '' })
  return {
    pid: 4711,
    ended: promise,
    kill: end,
    async stop() {
      end()
    },
  }
}

test('starts an engine again that dies, later each time', async () => {
  const dies = { answers: true, livesMs: 60_000 }
  const { supervisor, waitsMs } = supervise([dies, dies, dies, { answers: true }])
  await expect.poll(() => supervisor.restarts).toBe(3)
  await supervisor.up()
  expect(waitsMs).toEqual([500, 1_000, 2_000])
  await supervisor.stop()
})

test('is down after five deaths in a row, goes on trying, and is up once one answers', async () => {
  const dies = { livesMs: 100 }
  const runs = [dies, dies, dies, dies, dies, dies, { answers: true }]
  const { supervisor, waitsMs, states } = supervise(runs)
  await supervisor.up()
  expect(waitsMs).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000])
  expect(states).toEqual(['down', 'up'])
  await supervisor.stop()
})

test('an engine that ran for two minutes starts over with the shortest delay', async () => {
  const dies = { answers: true, livesMs: 1_000 }
  const lasts = { answers: true, livesMs: 120_000 }
  const { supervisor, waitsMs } = supervise([dies, dies, lasts, { answers: true }])
  await expect.poll(() => supervisor.restarts).toBe(3)
  expect(waitsMs).toEqual([500, 1_000, 500])
  await supervisor.stop()
})

test('tells its own crashes from kills and stops that came from outside', async () => {
  const ended = (end: Partial<EngineEnd>): Run => ({
    answers: true,
    livesMs: 60_000,
    end: { code: null, signal: null, stderr: '', ...end },
  })
  const { supervisor } = supervise([
    ended({ signal: 'SIGSEGV' }),
    ended({ signal: 'SIGKILL' }),
    ended({ signal: 'SIGTERM' }),
    ended({ code: 0 }),
    ended({ code: 134 }),
    { answers: true },
  ])
  await expect.poll(() => supervisor.restarts).toBe(5)
  expect(supervisor.crashes).toBe(2)
  await supervisor.stop()
})

test('waits 15 s for the engine of a killed parent, then says who holds the directory', async () => {
  const { supervisor, waitsMs } = supervise([{ livesMs: 0, reason: locked }])
  await expect(supervisor.up()).rejects.toBe(locked)
  expect(waitsMs.reduce((sum, ms) => sum + ms, 0)).toBe(15_000)
  expect(supervisor.state).toBe('stopped')
})

test('a lock that is let go in time is none of our business', async () => {
  const { supervisor } = supervise([{ livesMs: 0, reason: locked }, { answers: true }])
  await supervisor.up()
  expect(supervisor.restarts).toBe(0)
  await supervisor.stop()
})

test('gives up when the first start was refused', async () => {
  const { supervisor } = supervise([{ livesMs: 0, reason: refused }])
  await expect(supervisor.up()).rejects.toBe(refused)
})

test('a refusal later is a death like others', async () => {
  const { supervisor } = supervise([
    { answers: true, livesMs: 1_000 },
    { livesMs: 0, reason: refused },
    { answers: true },
  ])
  await expect.poll(() => supervisor.restarts).toBe(2)
  await supervisor.up()
  await supervisor.stop()
})

test('who waits for it may give up', async () => {
  const { supervisor } = supervise([{}])
  const reason = new Error('enough')
  await expect(supervisor.up(AbortSignal.abort(reason))).rejects.toBe(reason)
  const waiting = new AbortController()
  const up = supervisor.up(waiting.signal)
  waiting.abort(reason)
  await expect(up).rejects.toBe(reason)
  await supervisor.stop()
})
