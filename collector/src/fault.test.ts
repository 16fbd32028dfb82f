import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { FAULT_EXIT } from './fault.ts'

const moduleUrl = new URL('fault.ts', import.meta.url).href

/** Runs a script with its own copy of the module, and returns what it printed. */
function run(faults: string, script: string) {
  const source = `import { armFaults, fault, parseFaults } from ${JSON.stringify(moduleUrl)}
    armFaults(parseFaults(${JSON.stringify(faults)}))
    ${script}`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', source],
    { encoding: 'utf8' },
  )
  return { lines: stdout.trim().split('\n'), stderr, status }
}

const HIT_FOUR_TIMES = `
  for (let hit = 1; hit <= 4; hit++) {
    console.log(await fault('journal.write').catch((error) => error.code ?? error.message))
  }`

test.each([
  ['journal.write:throw', ['fault at journal.write', 'undefined', 'undefined', 'undefined']],
  ['journal.write:errno=ENOSPC:2', ['undefined', 'ENOSPC', 'undefined', 'undefined']],
  ['journal.write:errno:3+', ['undefined', 'undefined', 'EIO', 'EIO']],
  ['journal.write:short, journal.write:errno:4', ['short', 'undefined', 'undefined', 'EIO']],
  ['journal.write:delay=1:1+', ['undefined', 'undefined', 'undefined', 'undefined']],
  ['journal.sync:throw', ['undefined', 'undefined', 'undefined', 'undefined']],
])('%s does what it says, at the hit it says', (faults, lines) => {
  expect(run(faults, HIT_FOUR_TIMES).lines).toEqual(lines)
})

test('exit ends the process on the spot', () => {
  expect(run('journal.write:exit:2', HIT_FOUR_TIMES)).toMatchObject({
    lines: ['undefined'],
    status: FAULT_EXIT,
  })
})

test.each(['journal.writ:throw', 'journal.write', 'journal.sync:short', 'journal.write:delay=x'])(
  'refuses %s, and says what it takes',
  (faults) => {
    const config = () => readConfig({ NODE_ENV: 'test', AFTERMATH_FAULTS: faults }, '0.0.0')
    expect(config).toThrow(/is no fault: AFTERMATH_FAULTS takes name:action/)
  },
)

test('outside of tests the variable stops the start', () => {
  const config = () => readConfig({ AFTERMATH_FAULTS: 'journal.write:throw' }, '0.0.0')
  expect(config).toThrow(/AFTERMATH_FAULTS/)
})
