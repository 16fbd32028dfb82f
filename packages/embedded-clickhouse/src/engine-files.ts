import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where things lie in the engine's directory. */
export interface EngineFiles {
  lock: string
  version: string
  config: string
  users: string
  listen: string
  store: string // the engine's own directory
  storeStatus: string // held locked by the engine that runs; names its process
  log: string
  stderr: string // of the latest start
}

/** Makes the directories, closed to everyone else. */
export function prepareDirectory(dataDir: string): EngineFiles {
  for (const part of ['', 'config', 'log', 'store']) {
    const path = join(dataDir, part)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700) // it may have been there before
  }
  return {
    lock: join(dataDir, 'owner.lock'),
    version: join(dataDir, 'engine.json'),
    config: join(dataDir, 'config', 'config.xml'),
    users: join(dataDir, 'config', 'users.xml'),
    listen: join(dataDir, 'config', 'listen.sql'),
    store: join(dataDir, 'store'),
    storeStatus: join(dataDir, 'store', 'status'),
    log: join(dataDir, 'log', 'engine.log'),
    stderr: join(dataDir, 'log', 'stderr.log'),
  }
}

/** Writes a file that only its owner reads. It is there whole, or as it was before. */
export function writePrivate(file: string, text: string): void {
  const draft = `${file}.new`
  writeFileSync(draft, text, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, file)
}
