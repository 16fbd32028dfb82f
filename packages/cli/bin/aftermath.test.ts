import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startScriptedServer } from '../src/scripted-server.ts'

const bin = fileURLToPath(new URL('aftermath.mjs', import.meta.url))

test('the command runs as a program of its own and hands its exit code on', async () => {
  const run = promisify(execFile)(process.execPath, [bin, 'gate', '--service', 'checkout'])
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'--version <version>' not specified"),
  })
})

test('Ctrl-C ends a waiting gate at once: undecided, and no pass', async () => {
  await using server = await startScriptedServer(['hold'])
  const argv = [bin, 'gate', '--service', 'checkout', '--version', '2.4.0', '--server', server.url]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  await server.nextAsked()
  child.kill('SIGINT')
  const [stderr, [code]] = await Promise.all([child.stderr.toArray(), once(child, 'exit')])
  expect(code).toBe(130)
  expect(stderr.join('')).toContain('ended by SIGINT. Undecided so far: nothing is known yet.')
})

test('the program file asks nothing of the Node that starts it but its built-in modules', () => {
  const imports = [...readFileSync(bin, 'utf8').matchAll(/^import .* from '(.*)'$/gm)]
  expect(imports.map(([, from]) => from)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^node:/)]),
  )
  expect(imports.filter(([, from]) => !from?.startsWith('node:'))).toEqual([])
})
