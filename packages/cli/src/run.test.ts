import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'

const OF = ['--service', 'checkout', '--version', '2.4.0']

test.each<{ argv: string[]; says: string }>([
  { argv: [], says: 'Usage: aftermath' },
  { argv: ['gait'], says: "unknown command 'gait'" },
  { argv: ['gate', ...OF, '--servce', 'x'], says: "unknown option '--servce'" },
  { argv: ['gate', '--service', 'checkout'], says: "'--version <version>' not specified" },
  { argv: ['gate', '--version', '2.4.0'], says: "'--service <name>' not specified" },
  { argv: ['gate', ...OF, 'production'], says: 'too many arguments' },
  { argv: ['gate', ...OF, '--timeout', 'soon'], says: '90s, 15m or 2h' },
  { argv: ['gate', ...OF, '--fail-on', 'bad'], says: "'bad' is none of" },
  { argv: ['gate', ...OF, '--on-timeout', 'wait'], says: 'Allowed choices are pass, fail' },
  { argv: ['gate', ...OF, '--server', 'localhost'], says: 'http:// or https://' },
  { argv: ['gate', ...OF, '--version', '2.5.0'], says: 'version: give one for all services' },
  { argv: ['gate', ...OF, '--pass-on', 'good'], says: "'good' is none of" },
  { argv: ['gate', ...OF, '--require', 'tests'], says: 'Allowed choices are uat' },
  { argv: ['deploy', ...OF, '--canary', '110'], says: 'from 0 to 100' },
  { argv: ['deploy', ...OF, '--status', 'done'], says: 'Allowed choices are started' },
  { argv: ['deploy', ...OF, '--url', 'ftp://x/y'], says: 'url: ' },
  { argv: ['status', '--verbose'], says: "unknown option '--verbose'" },
])('aftermath $argv is wrong usage', async ({ argv, says }) => {
  const { exitCode, stdout, stderr } = await runForTest({ argv })
  expect(stderr).toContain(says)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
})

test.each([
  { argv: ['--help'], shows: 'AFTERMATH_TOKEN' },
  { argv: ['gate', '--help'], shows: '--on-timeout' },
  { argv: ['help', 'deploy'], shows: '--irreversible-migration' },
  { argv: ['status', '-h'], shows: 'Exit codes:' },
  { argv: ['--version'], shows: '0.1.0' },
])('aftermath $argv answers on standard output', async ({ argv, shows }) => {
  const { exitCode, stdout, stderr } = await runForTest({ argv })
  expect(stdout).toContain(shows)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})
