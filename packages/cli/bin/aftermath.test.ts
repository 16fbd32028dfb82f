import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const bin = fileURLToPath(new URL('aftermath.mjs', import.meta.url))

test('the command runs as a program of its own and hands its exit code on', async () => {
  const run = promisify(execFile)(process.execPath, [bin, 'gate', '--service', 'checkout'])
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'--version <version>' not specified"),
  })
})

test('the program file asks nothing of the Node that starts it but its built-in modules', () => {
  const imports = [...readFileSync(bin, 'utf8').matchAll(/^import .* from '(.*)'$/gm)]
  expect(imports.map(([, from]) => from)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^node:/)]),
  )
  expect(imports.filter(([, from]) => !from?.startsWith('node:'))).toEqual([])
})
