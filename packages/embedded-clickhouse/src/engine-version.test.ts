import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { claimVersion, compareVersions } from './engine-version.ts'

test.each([
  ['26.7.3-stable.1', '26.7.3-stable.1', 0],
  ['26.7.3-stable.1', '26.7.3-stable.2', -1],
  ['26.7.3-stable.1', '26.10.0', -1],
  ['27.1.0', '26.10.9-stable.4', 1],
])('compares %s with %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign)
})

test('an older engine is refused, and the message names both', () => {
  const file = versionFile()
  claimVersion({ file, version: '26.10.0' })
  expect(() => claimVersion({ file, version: '26.7.3-stable.1' })).toThrow(
    expect.objectContaining({
      code: 'older_engine',
      message: expect.stringMatching(/26\.10\.0.*26\.7\.3-stable\.1/),
    }),
  )
})

test('a newer engine becomes the last that wrote', () => {
  const file = versionFile()
  claimVersion({ file, version: '26.7.3-stable.1' })
  claimVersion({ file, version: '26.10.0' })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: '26.10.0' })
})

test('a file torn by a power cut keeps nothing from starting', () => {
  const file = versionFile()
  writeFileSync(file, '{"vers')
  claimVersion({ file, version: '26.7.3-stable.1' })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: '26.7.3-stable.1' })
})

function versionFile(): string {
  const dir = mkdtempSync(join(tmpdir(), 'aftermath-version-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return join(dir, 'engine.json')
}
