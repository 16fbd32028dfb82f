import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { hashInputs, isStamped, stamp } from './stamp.mjs'

let root
const hashOf = (inputs = {}) => hashInputs({ root, paths: ['src', 'lock'], ...inputs })

beforeEach(() => {
  root = temporaryDir()
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/a.ts'), 'a')
  writeFileSync(join(root, 'src/deep/b.ts'), 'b')
  writeFileSync(join(root, 'lock'), '1')
})

test.each([
  { what: 'a content', change: () => writeFileSync(join(root, 'src/deep/b.ts'), 'c') },
  { what: 'a file more', change: () => writeFileSync(join(root, 'src/c.ts'), '') },
  { what: 'a file less', change: () => rmSync(join(root, 'src/a.ts')) },
  { what: 'a name', change: () => renameSync(join(root, 'src/a.ts'), join(root, 'src/z.ts')) },
  {
    what: 'a letter that moves from one file to the next',
    change: () => {
      writeFileSync(join(root, 'src/a.ts'), '')
      writeFileSync(join(root, 'src/deep/b.ts'), 'ab')
    },
  },
])('$what changes the hash', ({ change }) => {
  const before = hashOf()
  change()
  expect(hashOf()).not.toBe(before)
})

test('so does a fact', () => {
  expect(hashOf({ facts: ['x64'] })).not.toBe(hashOf({ facts: ['arm64'] }))
})

test('the place on disk does not', () => {
  const elsewhere = temporaryDir()
  cpSync(root, elsewhere, { recursive: true })
  expect(hashOf({ root: elsewhere })).toBe(hashOf())
})

test('nor does what is skipped, nor what is not there', () => {
  const before = hashOf()
  mkdirSync(join(root, 'src/node_modules'))
  writeFileSync(join(root, 'src/node_modules/x'), '')
  const skip = (name) => name === 'node_modules'
  expect(hashOf({ skip, paths: ['src', 'lock', 'missing'] })).toBe(before)
})

test('work is done once its hash is stamped, until the hash changes', () => {
  const file = join(root, 'stamp')
  expect(isStamped(file, 'one')).toBe(false)
  stamp(file, 'one')
  expect(isStamped(file, 'one')).toBe(true)
  expect(isStamped(file, 'two')).toBe(false)
})

function temporaryDir() {
  const dir = mkdtempSync(join(tmpdir(), 'aftermath-stamp-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}
