import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readFileSync } from 'node:fs'
import { EngineError } from './engine-error.ts'

/** What decides whether an engine can run here. */
export interface PlatformFacts {
  os: string // as `process.platform`
  cpu: string // as `process.arch`
  glibc: boolean // Linux only: musl has none
}

export interface EngineLibrary {
  path: string
  version: string // of the package, e.g. '26.7.3-stable.1'
}

const wayOut =
  'Set AFTERMATH_CLICKHOUSE_URL to a ClickHouse server (25.8 or newer) to run without the embedded one.'

/**
 * The engine's library for this machine.
 * @throws EngineError `unsupported_platform` when there is none, or it is not installed
 */
export function findEngineLibrary(facts: PlatformFacts): EngineLibrary {
  const name = libraryPackage(facts)
  const require = createRequire(import.meta.url)
  try {
    const manifest = require.resolve(`${name}/package.json`)
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string } // npm's own
    return { path: join(dirname(manifest), 'libchdb.so'), version }
  } catch (cause) {
    throw new EngineError(
      'unsupported_platform',
      `The library of the embedded ClickHouse (${name}) is not installed. ${wayOut}`,
      { cause },
    )
  }
}

/** Name of the package that carries the library. */
export function libraryPackage({ os, cpu, glibc }: PlatformFacts): string {
  if (cpu === 'x64' || cpu === 'arm64') {
    if (os === 'darwin') return `@chdb/lib-darwin-${cpu}`
    if (os === 'linux' && glibc) return `@chdb/lib-linux-${cpu}-gnu`
  }
  const machine = os === 'linux' && !glibc ? `linux-${cpu} without glibc` : `${os}-${cpu}`
  throw new EngineError(
    'unsupported_platform',
    `The embedded ClickHouse does not run on ${machine}. ${wayOut}`,
  )
}

export function readPlatformFacts(): PlatformFacts {
  return {
    os: process.platform,
    cpu: process.arch,
    glibc: process.platform === 'linux' && runsOnGlibc(),
  }
}

function runsOnGlibc(): boolean {
  // Undocumented type: https://nodejs.org/api/report.html describes the header.
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}
