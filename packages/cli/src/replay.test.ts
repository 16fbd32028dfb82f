import type { Replay } from '@aftermath/schemas/api/replay'
import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'
import { startScriptedServer } from './scripted-server.ts'

const SAME: Replay = {
  service: 'shop',
  environment: 'production',
  version: '2.4.0',
  judgedAt: '2026-11-24T12:00:30.000Z',
  verdict: 'roll_back',
  sentence: 'Since 2.4.0, 25.7 % of POST /checkout fail instead of 0.57 %.',
  same: true,
  difference: null,
  sameCode: true,
  bytes: 4321,
}

test('a verdict that comes out the same exits with 0', async () => {
  await using server = await startScriptedServer([{ status: 200, body: { data: SAME } }])
  const argv = ['replay', 'shop', '2.4.0', '--at', '2026-11-24T12:01:00Z', '--server', server.url]
  const { exitCode, stdout } = await runForTest({ argv })
  expect(exitCode).toBe(0)
  expect(stdout.split('\n')).toEqual([
    'SAME  shop 2.4.0 in production: roll back, judged 2026-11-24T12:00:30.000Z',
    SAME.sentence,
    '  all 4321 bytes come out the same',
  ])
  expect(server.asked[0]).toMatchObject({
    path: '/api/v1/releases/shop/2.4.0/replay',
    search: { project: 'default', at: '2026-11-24T12:01:00Z' },
  })
})

test('one that does not exits with 1 and says where', async () => {
  const difference = { at: 'logE', stored: '7', replayed: '8' }
  const data = { ...SAME, same: false, sameCode: false, difference }
  await using server = await startScriptedServer([{ status: 200, body: { data } }])
  const argv = ['replay', 'shop', '2.4.0', '--server', server.url]
  const { exitCode, stdout } = await runForTest({ argv })
  expect(exitCode).toBe(1)
  expect(stdout.split('\n').slice(2)).toEqual([
    '  logE: 7 was stored, 8 comes out',
    '  it was judged by other code than this server runs',
  ])
})
