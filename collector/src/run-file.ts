import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSecretFile } from './control/secret-file.ts'

/** Where everything is while the program runs. Holds no secret. */
export interface RunFacts {
  ready: true
  version: string
  app: string
  ingest: string
  grpc: string
  clickhouse: string
  pids: { collector: number; clickhouse: number | null }
}

export interface RunFile extends AsyncDisposable {
  write(facts: RunFacts): Promise<void>
}

/** Removes what an earlier run left behind; is removed at the end. */
export async function openRunFile(dataDir: string): Promise<RunFile> {
  const path = join(dataDir, 'run.json')
  await rm(path, { force: true })
  return {
    write: (facts) => writeSecretFile(path, JSON.stringify(facts, undefined, 2)),
    [Symbol.asyncDispose]: () => rm(path, { force: true }),
  }
}
