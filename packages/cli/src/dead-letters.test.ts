import type { DeadLetter } from '@aftermath/schemas/api/dead-letters'
import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'
import { startScriptedServer, type Scripted } from './scripted-server.ts'

const LETTER: DeadLetter = {
  id: '00c0ffee00000007',
  project: 'shop',
  kind: 'logs',
  requests: 1,
  items: 12,
  bytes: 3456,
  reason: 'refused',
  code: 469,
  message: 'Constraint violated',
  received: '2026-11-24T10:00:00.000Z',
  buried: '2026-11-24T10:00:02.000Z',
  replayStarted: null,
}
const LINE = '00c0ffee00000007  2026-11-24T10:00:02.000Z  12 log records  refused, code 469'

async function deadLetters(words: string[], script: Scripted[]) {
  await using server = await startScriptedServer(script)
  const argv = ['dead-letters', ...words, '--server', server.url, '--project', 'shop']
  const result = await runForTest({ argv })
  const asked = server.asked.map(
    ({ method, path, search }) => `${method} ${path} ${[search['project']].flat().join()}`,
  )
  return { ...result, asked }
}

const one = { status: 200, body: { data: LETTER } }
const many = { status: 200, body: { data: [LETTER, { ...LETTER, id: '00c0ffee00000006' }] } }
const path = '/api/v1/dead-letters'

test.each([
  [['list'], [many], 0, `${LINE}\n${LINE.replace('07', '06')}`, [`GET ${path} shop`]],
  [
    ['list'],
    [{ status: 200, body: { data: [] } }],
    0,
    'There are no dead letters.',
    [`GET ${path} shop`],
  ],
  [['drop', LETTER.id], [one], 0, `Dropped: ${LINE}`, [`DELETE ${path}/${LETTER.id} shop`]],
  [
    ['replay', LETTER.id],
    [one],
    0,
    `Sent again: ${LINE}`,
    [`POST ${path}/${LETTER.id}/replay shop`],
  ],
  [
    ['replay', '--all'],
    [many, one],
    0,
    `Sent again: ${LINE}\nSent again: ${LINE}`, // the oldest first
    [
      `GET ${path} shop`,
      `POST ${path}/00c0ffee00000006/replay shop`,
      `POST ${path}/00c0ffee00000007/replay shop`,
    ],
  ],
  [['replay'], [one], 2, '', []],
  [['drop', LETTER.id], [{ status: 404, body: {} }], 4, '', [`DELETE ${path}/${LETTER.id} shop`]],
] as const)('%o', async (words, script, exitCode, stdout, asked) => {
  const result = await deadLetters([...words], [...script])
  expect(result).toMatchObject({ exitCode, stdout, asked })
})

test('show tells all, and of a replay that was cut off', async () => {
  const body = { data: { ...LETTER, replayStarted: '2026-11-24T11:00:00.000Z' } }
  const { stdout } = await deadLetters(['show', LETTER.id], [{ status: 200, body }])
  expect(stdout).toContain('Constraint violated')
  expect(stdout).toContain('it may be stored already')
})
