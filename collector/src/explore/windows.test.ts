import { expect, test } from 'vitest'
import { firstWindow, widening } from './windows.ts'

const step = (fromMs: number, spans: number) => ({ fromMs, toMs: fromMs + 10, spans })

test('reads back as far as the rows are expected', () => {
  const steps = [step(90, 3), step(70, 3), step(10, 100)]
  const rest = { fromMs: 0, toMs: 100 }
  expect(firstWindow(rest, steps, 3)).toEqual({ fromMs: 90, toMs: 100 })
  expect(firstWindow(rest, steps, 4)).toEqual({ fromMs: 70, toMs: 100 })
  expect(firstWindow(rest, steps, 1000)).toEqual({ fromMs: 10, toMs: 100 })
})

test('counts nothing of a step that is cut, and ends', () => {
  const steps = [step(90, 3), step(70, 3)]
  expect(firstWindow({ fromMs: 0, toMs: 95 }, steps, 3)).toEqual({ fromMs: 70, toMs: 95 })
  expect(firstWindow({ fromMs: 75, toMs: 95 }, steps, 9)).toEqual({ fromMs: 75, toMs: 95 })
  expect(firstWindow({ fromMs: 75, toMs: 75 }, steps, 9)).toBeUndefined()
  expect(firstWindow({ fromMs: 0, toMs: 70 }, steps, 9)).toBeUndefined()
})

test('looks further back each time, at last at everything', () => {
  const rest = { fromMs: 0, toMs: 10 * 24 * 3_600_000 }
  const widths = [0, 1, 2, 3, 4].map((looks) => rest.toMs - widening(rest, looks).fromMs)
  expect(widths).toEqual([0.25, 1, 6, 24, 240].map((hours) => hours * 3_600_000))
  expect(widening({ fromMs: rest.toMs - 5, toMs: rest.toMs }, 0).fromMs).toBe(rest.toMs - 5)
})
