import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ReleasesAnswer } from '@aftermath/schemas/api/releases'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCollector, type RunningCollector } from './harness/collector.ts'
import { until } from './harness/until.ts'

const MAIN = fileURLToPath(new URL('../demo/src/main.ts', import.meta.url))

let collector: RunningCollector
let demo: ChildProcess
beforeAll(async () => {
  collector = await startCollector()
  demo = spawn(process.execPath, [MAIN, '--data-dir', collector.dataDir], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
})
afterAll(async () => {
  demo.kill('SIGTERM')
  if (demo.exitCode === null && demo.signalCode === null) await once(demo, 'exit')
  await collector[Symbol.asyncDispose]()
})

async function verdicts() {
  const answer = await collector.api('/api/v1/releases?project=demo')
  if (!answer.ok) return new Map<string, string>()
  const { data } = ReleasesAnswer.parse(await answer.json())
  return new Map(data.map(({ service, version, verdict }) => [`${service} ${version}`, verdict]))
}

test('the shop’s two bad releases get their verdicts, its clean one is not accused', async () => {
  const found = await until(
    'both bad releases are judged',
    async () => {
      const all = await verdicts()
      const bad = ['checkout 2.4.0', 'storefront 5.1.0'].map((release) => all.get(release))
      return bad.every((verdict) => verdict === 'roll_back' || verdict === 'patch')
        ? all
        : undefined
    },
    150_000,
  )
  expect(found.get('payments 1.9.0')).not.toMatch(/roll_back|patch/)
  expect(await collector.sql('SELECT uniqExact(ServiceName) FROM otel_traces', 'demo')).toEqual([
    [3],
  ])
}, 180_000)
