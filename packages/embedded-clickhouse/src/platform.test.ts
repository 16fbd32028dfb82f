import { expect, test } from 'vitest'
import { findEngineLibrary, libraryPackage, readPlatformFacts } from './platform.ts'

test.each([
  ['linux', 'x64', true, '@chdb/lib-linux-x64-gnu'],
  ['linux', 'arm64', true, '@chdb/lib-linux-arm64-gnu'],
  ['darwin', 'x64', false, '@chdb/lib-darwin-x64'],
  ['darwin', 'arm64', false, '@chdb/lib-darwin-arm64'],
])('on %s %s it is in a package of its own', (os, cpu, glibc, name) => {
  expect(libraryPackage({ os, cpu, glibc })).toBe(name)
})

test.each([
  { os: 'linux', cpu: 'x64', glibc: false, named: 'linux-x64 without glibc' },
  { os: 'win32', cpu: 'x64', glibc: false, named: 'win32-x64' },
  { os: 'linux', cpu: 'riscv64', glibc: true, named: 'linux-riscv64' },
])('on $named there is none, and a server is the way out', ({ named, ...facts }) => {
  expect(() => libraryPackage(facts)).toThrow(
    expect.objectContaining({
      code: 'unsupported_platform',
      message: expect.stringMatching(new RegExp(`${named}\\..*AFTERMATH_CLICKHOUSE_URL`)),
    }),
  )
})

test('a library that was not installed is named, with the way out', () => {
  const installed = readPlatformFacts()
  const other = { os: installed.os === 'darwin' ? 'linux' : 'darwin', cpu: 'arm64', glibc: true }
  expect(() => findEngineLibrary(other)).toThrow(
    expect.objectContaining({
      code: 'unsupported_platform',
      message: expect.stringMatching(/@chdb\/lib.*not installed.*AFTERMATH_CLICKHOUSE_URL/),
    }),
  )
})
