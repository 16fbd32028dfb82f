import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  startEmbeddedClickHouse,
  type EngineConnection,
  type EngineLog,
} from '@aftermath/embedded-clickhouse'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's one ClickHouse. A file makes a database of its own in it, and drops it. */
    clickhouse: EngineConnection
  }
}

/** Starts one real ClickHouse for the whole run and removes it afterwards. */
export default async function startEngine(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'aftermath-test-engine-'))
  const engine = await startEmbeddedClickHouse({ dataDir, log: toConsole, memoryBytesMax })
  await engine.up()
  project.provide('clickhouse', engine.connection)

  return async () => {
    await engine[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const memoryBytesMax = 1.8 * 2 ** 30 // what a machine of 4 GiB gives it

const toConsole: EngineLog = {
  debug() {},
  info() {},
  warn: (fields, message) => console.warn(message, fields),
  error: (fields, message) => console.error(message, fields),
}
