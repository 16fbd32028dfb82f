import { expect, test } from 'vitest'
import { UnitQueues, type Step } from './unit-queues.ts'

interface Unit {
  name: string
  queue: string
  isSuspect: boolean
}

/** Queues whose units end when a test says so. */
function scripted(inFlightMax = 2) {
  const started: string[] = []
  const ends = new Map<string, (step: Step) => void>()
  const queues = new UnitQueues<Unit>({
    inFlightMax,
    nowMs: () => performance.now(),
    work(unit) {
      started.push(unit.name)
      const { promise, resolve } = Promise.withResolvers<Step>()
      ends.set(unit.name, resolve)
      return promise
    },
  })
  const units = new Map<string, Unit>()
  return {
    queues,
    started,
    /** `a1` is the first unit of queue `a`. */
    add: (...names: string[]) => {
      for (const name of names) {
        const unit = { name, queue: name.slice(0, 1), isSuspect: false }
        units.set(name, unit)
        queues.add(unit)
      }
    },
    unit: (name: string) => units.get(name)!,
    end: async (name: string, step: Step = { step: 'over' }) => {
      ends.get(name)?.(step)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('queues take turns, each in the order of arrival', async () => {
  const { add, started, end } = scripted()
  add('a1', 'a2', 'a3', 'b1')
  expect(started).toEqual(['a1', 'a2'])
  await end('a1')
  await end('a2')
  expect(started.slice(2).toSorted()).toEqual(['a3', 'b1'])
})

test('a queue that fails sends one at a time, its first again, and holds up no other', async () => {
  const { add, started, end } = scripted(3)
  add('a1', 'a2', 'a3', 'b1')
  expect(started).toEqual(['a1', 'a2', 'a3'])
  await end('a1', { step: 'wait', waitMs: 20 })
  expect(started.at(-1)).toBe('b1')
  add('a4', 'b2')
  await end('a2', { step: 'wait', waitMs: 20 })
  await end('a3', { step: 'wait', waitMs: 20 })
  expect(started.slice(3)).toEqual(['b1', 'b2'])
  await end('b1')
  await end('b2')
  await expect.poll(() => started.slice(5)).toEqual(['a3'])
  await end('a3')
  expect(started.slice(5)).toEqual(['a3', 'a2', 'a1', 'a4'].slice(0, started.length - 5))
  expect(started.length).toBe(9)
})

test('what waits tries at once when it is told to, still one at a time', async () => {
  const { add, started, end, queues } = scripted()
  add('a1', 'a2')
  await end('a1', { step: 'wait', waitMs: 60_000 })
  await end('a2', { step: 'wait', waitMs: 60_000 })
  expect(started).toEqual(['a1', 'a2'])
  queues.retryNow()
  expect(started).toEqual(['a1', 'a2', 'a2'])
  await end('a2')
  expect(started).toEqual(['a1', 'a2', 'a2', 'a1'])
})

test('one that waits aside lets the rest of its queue go on', async () => {
  const { add, started, end } = scripted(1)
  add('a1', 'a2')
  await end('a1', { step: 'aside', waitMs: 30 })
  expect(started).toEqual(['a1', 'a2'])
  await end('a2')
  await expect.poll(() => started).toEqual(['a1', 'a2', 'a1'])
})

test('a suspect goes alone', async () => {
  const { add, started, end, unit } = scripted()
  add('a1', 'b1')
  unit('a1').isSuspect = true
  await end('a1', { step: 'wait', waitMs: 1 })
  add('b2')
  await end('b1')
  await expect.poll(() => started.includes('b2') || started.length > 2).toBe(true)
  await end('b2')
  await expect.poll(() => started.at(-1)).toBe('a1')
  add('b3')
  expect(started.at(-1)).toBe('a1')
  await end('a1')
  expect(started.at(-1)).toBe('b3')
})

test('what is withdrawn is not sent again, though it was in flight', async () => {
  const { add, started, end, queues, unit } = scripted()
  add('a1', 'a2', 'a3')
  const withdrawn = queues.withdraw([unit('a1'), unit('a3')])
  await end('a1', { step: 'wait', waitMs: 1 })
  await withdrawn
  expect(queues.waiting).toBe(0)
  await end('a2')
  expect(queues.inFlight).toBe(0)
  expect(started).toEqual(['a1', 'a2'])
})

test('work that throws is a bug that is told', async () => {
  const queues = new UnitQueues<Unit>({
    inFlightMax: 1,
    nowMs: () => 0,
    work: () => Promise.reject(new Error('a bug')),
  })
  queues.add({ name: 'a1', queue: 'a', isSuspect: false })
  await expect(queues.failed).rejects.toThrow('a bug')
})
