import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findServer } from './find-server.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftermath-cli-'))
  for (const dataDir of ['data', 'elsewhere']) {
    mkdirSync(join(folder, dataDir))
    writeFileSync(join(folder, dataDir, 'admin-token'), `token of ${dataDir}\n`)
    writeFileSync(
      join(folder, dataDir, 'run.json'),
      JSON.stringify({ ready: true, app: `http://127.0.0.1/${dataDir}` }),
    )
  }
  mkdirSync(join(folder, 'broken'))
  writeFileSync(join(folder, 'broken', 'run.json'), '{"ready": tr')
})
afterAll(() => rmSync(folder, { recursive: true }))

const FAR = 'https://aftermath.example.com'

test.each([
  { what: 'the local server', env: {}, url: 'http://127.0.0.1/data', token: 'token of data' },
  {
    what: 'another data directory',
    env: { AFTERMATH_DATA_DIR: 'elsewhere' },
    url: 'http://127.0.0.1/elsewhere',
    token: 'token of elsewhere',
  },
  {
    what: 'a data directory with a broken run.json',
    env: { AFTERMATH_DATA_DIR: 'broken' },
    url: 'http://127.0.0.1:4380',
    token: undefined,
  },
  {
    what: 'the variables',
    env: { AFTERMATH_URL: `${FAR}/`, AFTERMATH_TOKEN: 'mine' },
    url: FAR,
    token: 'mine',
  },
  {
    what: 'the options before the variables',
    options: { server: 'http://localhost:1', token: 'option' },
    env: { AFTERMATH_URL: FAR, AFTERMATH_TOKEN: 'mine' },
    url: 'http://localhost:1',
    token: 'option',
  },
  {
    what: 'a far server without the token of this machine',
    env: { AFTERMATH_URL: FAR },
    url: FAR,
    token: undefined,
  },
  {
    what: 'a host that only looks like this machine',
    env: { AFTERMATH_URL: 'http://127.0.0.1.example.com' },
    url: 'http://127.0.0.1.example.com',
    token: undefined,
  },
])('finds $what', ({ options = {}, env, url, token }) => {
  expect(findServer({ options, env, cwd: folder })).toMatchObject({ url, token })
})
