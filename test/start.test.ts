import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUntilEnd, startCollector, type RunningCollector } from './harness/collector.ts'

let running: RunningCollector
beforeAll(async () => {
  running = await startCollector()
})
afterAll(() => running[Symbol.asyncDispose]())

const ports = {
  AFTERMATH_INGEST_PORT: '0',
  AFTERMATH_GRPC_PORT: '0',
  AFTERMATH_APP_PORT: '0',
}

test('a second instance on the directory ends with 3, names the first, and leaves it alone', async () => {
  const { code, output } = await runUntilEnd({ ...ports, AFTERMATH_DATA_DIR: running.dataDir })
  expect(code).toBe(3)
  expect(output).toContain(`process ${running.run.pids.collector}`)
  expect(existsSync(join(running.dataDir, 'run.json'))).toBe(true)
  expect((await running.api('/api/v1/session')).status).toBe(200)
})

test('a variable with a typing error ends the start with 2 and one sentence', async () => {
  const { code, output } = await runUntilEnd({ AFTERMATH_INGEST_PROT: '4318' })
  expect(code).toBe(2)
  expect(output).toMatch(/^aftermath: AFTERMATH_INGEST_PROT is not a variable that Aftermath knows/)
})

test('a taken port ends the start with 1 and names the variable', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'aftermath-test-'))
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo // it listens on a port
  try {
    const { code, output } = await runUntilEnd({
      ...ports,
      AFTERMATH_INGEST_PORT: String(port),
      AFTERMATH_DATA_DIR: dataDir,
    })
    expect(code).toBe(1)
    expect(output).toMatch(/Port \d+ is taken: .*AFTERMATH_INGEST_PORT/)
  } finally {
    other.close()
    await rm(dataDir, { recursive: true, force: true })
  }
})

test('a start that finds everything in place uses the same keys and projects', async () => {
  const made = await running.api('/api/v1/projects', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ slug: 'kept' }),
  })
  const { data: before } = (await made.json()) as { data: { ingestKey: string } }
  expect(await running.kill('SIGTERM')).toBe(0)
  expect(existsSync(join(running.dataDir, 'run.json'))).toBe(false)
  await running.restart()
  const listed = await running.api('/api/v1/projects')
  const { data } = (await listed.json()) as { data: { slug: string; ingestKey: string }[] }
  expect(data.find(({ slug }) => slug === 'kept')?.ingestKey).toBe(before.ingestKey)
})
