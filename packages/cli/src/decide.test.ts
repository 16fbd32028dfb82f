import { NewDecision, type Decision } from '@aftermath/schemas/api/decisions'
import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'
import { type Scripted, startScriptedServer } from './scripted-server.ts'

const RECORD: Decision = {
  id: 'dec_1',
  service: 'checkout',
  environment: 'production',
  version: '2.4.0',
  action: 'accept',
  reason: 'known',
  by: 'Ada',
  via: 'token',
  decidedAt: '2026-01-05T10:00:00Z',
  verdict: 'roll_back',
  severity: 'major',
  judgedAt: '2026-01-05T09:59:30Z',
  override: true,
  undoneAt: null,
  undoableUntil: '2026-01-05T10:00:10Z',
}
const RECORDED: Scripted = { status: 201, body: { data: RECORD } }
const OF = ['--service', 'checkout', '--version', '2.4.0']

type Case = { script?: Scripted[]; argv: string[]; env?: Record<string, string> }

async function decide({ script = [RECORDED], argv, env = {} }: Case) {
  await using server = await startScriptedServer(script)
  const ran = await runForTest({ argv: ['decide', ...argv, '--server', server.url], env })
  return { ...ran, asked: server.asked }
}

test('records who decides what and why, and says what was advised', async () => {
  const argv = ['accept', ...OF, '--reason', 'known', '--by', 'Ada', '--against', 'roll_back']
  const { asked, exitCode, stdout } = await decide({ argv })
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/decisions' })
  expect(NewDecision.parse(asked[0]?.body)).toEqual({
    service: 'checkout',
    version: '2.4.0',
    action: 'accept',
    reason: 'known',
    by: 'Ada',
    against: 'roll_back',
  })
  expect(exitCode).toBe(0)
  expect(stdout).toBe(
    'checkout 2.4.0 in production: accept by Ada (advised: roll back, overridden). Recorded as dec_1.',
  )
})

test('in a pipeline it is decided by who runs that', async () => {
  const env = { GITHUB_SHA: 'abc', GITHUB_ACTOR: 'ada' }
  const { asked } = await decide({ argv: ['roll_back', ...OF], env })
  expect(asked[0]?.body).toMatchObject({ by: 'ada', action: 'roll_back' })
})

test('a lost answer is asked for again with the same key, a refusal is not', async () => {
  const { asked, exitCode } = await decide({ script: ['hang up', RECORDED], argv: ['uat', ...OF] })
  expect(exitCode).toBe(0)
  expect(asked).toHaveLength(2)
  expect(asked[0]?.idempotencyKey).toMatch(/^[\da-f-]{36}$/)
  expect(asked[1]?.idempotencyKey).toBe(asked[0]?.idempotencyKey)

  const problem = { type: 'about:blank', title: 'It conflicts', status: 409, detail: 'look again' }
  const refused = await decide({ script: [{ status: 409, body: problem }], argv: ['patch', ...OF] })
  expect(refused).toMatchObject({ exitCode: 4, stdout: '' })
  expect(refused.stderr).toContain('look again')
})

test.each([
  { argv: ['accept', ...OF], says: 'reason: accept and hold need a reason' },
  { argv: ['ship', ...OF], says: 'Allowed choices are accept, hold' },
  { argv: OF, says: "missing required argument 'action'" },
])('aftermath decide $argv is wrong usage', async ({ argv, says }) => {
  const { exitCode, stderr, asked } = await decide({ argv })
  expect(stderr).toContain(says)
  expect({ exitCode, asked: asked.length }).toEqual({ exitCode: 2, asked: 0 })
})
