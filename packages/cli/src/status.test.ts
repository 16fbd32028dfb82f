import type { Status } from '@aftermath/schemas/api/status'
import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'
import { startScriptedServer } from './scripted-server.ts'

const WELL: Status = {
  version: '0.1.0',
  problems: [],
  signals: [{ kind: 'traces', requests: 12, items: 34_567, rejectedItems: 1, refusedRequests: 0 }],
  requests: [],
  rejections: [],
  shed: [],
  deadLetters: 0,
  journal: {
    state: 'open',
    bytes: 3 * 2 ** 20,
    segments: 1,
    oldestSeconds: 0.44,
    openBatches: 0,
    sealedBatches: 0,
    bytesMax: null,
    damagedRecords: 0,
  },
  lagSeconds: 1.25,
  engine: { up: true, embedded: true, version: '26.7.3', restarts: 0, load: null },
  disk: { freeBytes: 5 * 2 ** 30, usedBytes: 0, totalBytes: 9 * 2 ** 30 },
  jobs: [],
}

async function status(data: Status, options: string[] = []) {
  await using server = await startScriptedServer([{ status: 200, body: { data } }])
  return await runForTest({ argv: ['status', '--server', server.url, ...options] })
}

test('a healthy server exits with 0', async () => {
  const { exitCode, stdout } = await status(WELL)
  expect(exitCode).toBe(0)
  expect(stdout).toBe(
    [
      'Aftermath 0.1.0: all is well',
      '  ClickHouse  26.7.3, up, embedded, 0 restarts',
      '  journal     3.0 MiB in 1 segments, oldest waits 0.4 s',
      '  behind      1.3 s',
      '  disk        5.0 GiB free, 0 B used',
      '  traces      34,567 items in 12 requests, 1 rejected, 0 requests refused',
    ].join('\n'),
  )
})

test('a problem is named first and exits with 1', async () => {
  const problems = [{ code: 'engine_down', sentence: 'ClickHouse does not answer.' }]
  const { exitCode, stdout } = await status({ ...WELL, problems })
  expect(exitCode).toBe(1)
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    'Aftermath 0.1.0: needs attention',
    '  ! ClickHouse does not answer. [engine_down]',
  ])
})

test('--json prints all of it', async () => {
  expect(JSON.parse((await status(WELL, ['--json'])).stdout)).toEqual(WELL)
})
