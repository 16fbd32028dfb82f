import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { until } from './harness/until.ts'

// What happens to telemetry when they die is in torture/.
let collector: RunningCollector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector[Symbol.asyncDispose]())

const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a stop ends the engine too and exits with 0', async () => {
  const clickhouse = collector.enginePid
  const code = await collector.kill('SIGTERM')
  expect(code).toBe(0)
  expect(alive(clickhouse)).toBe(false)
  await collector.restart()
})

test('a killed collector leaves no engine behind', async () => {
  const clickhouse = collector.enginePid
  await collector.kill('SIGKILL')
  await until('the engine has ended', () => (alive(clickhouse) ? undefined : true))
  await collector.restart()
})
