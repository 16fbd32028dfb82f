import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const launcher = fileURLToPath(new URL('./test/launch.mjs', import.meta.url))

test.each([
  { signal: 'SIGINT', reaches: 'SIGINT' },
  { signal: 'SIGTERM', reaches: 'SIGTERM' },
  { signal: 'SIGHUP', reaches: 'SIGTERM' },
])('$signal reaches the program, whose exit code is ours', async ({ signal, reaches }) => {
  const { launched, says } = await launch()
  launched.kill(signal)
  expect(await once(launched, 'exit')).toEqual([7, null])
  expect(says()).toEqual([reaches])
})

test('Ctrl-C, which npm hands on as well, reaches the program once', async () => {
  const { launched, says } = await launch()
  process.kill(-launched.pid, 'SIGINT') // the terminal: to the whole group
  launched.kill('SIGINT') // npm
  expect(await once(launched, 'exit')).toEqual([7, null])
  expect(says()).toEqual(['SIGINT'])
})

test('a launcher that is killed leaves no program behind', async () => {
  const { launched, says, programPid } = await launch()
  launched.kill('SIGKILL')
  await expect.poll(says).toEqual(['disconnect'])
  await expect.poll(() => isAlive(programPid)).toBe(false)
})

test('an npm that is killed leaves none behind either', async () => {
  // The shell, with more to do afterwards, stays between as npm does.
  const { launched, says, programPid } = await launch({
    wrap: (command) => ['sh', '-c', `${command}; true`],
    env: { npm_lifecycle_event: 'start' },
  })
  launched.kill('SIGKILL')
  await expect.poll(says, { timeout: 5_000 }).toEqual(['SIGTERM'])
  await expect.poll(() => isAlive(programPid)).toBe(false)
})

/** Starts the launcher, in a group of its own, and waits for what it starts. */
async function launch({ wrap, env = {} } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'aftermath-launch-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const report = join(dir, 'report')
  const command = [process.execPath, launcher, report]
  const [program, ...args] = wrap === undefined ? command : wrap(command.join(' '))

  const { npm_lifecycle_event: _, ...clean } = process.env
  const options = { detached: true, stdio: 'inherit', env: { ...clean, ...env } }
  const launched = spawn(program, args, options)
  const lines = () => readLines(report)
  await expect.poll(lines, { timeout: 10_000 }).toHaveLength(1)
  const programPid = Number(lines()[0].slice('up '.length))
  return { launched, programPid, says: () => lines().slice(1) }
}

function readLines(file) {
  try {
    return readFileSync(file, 'utf8').trim().split('\n')
  } catch {
    return [] // it has not begun
  }
}

function isAlive(pid) {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
