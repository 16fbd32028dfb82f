import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { EngineError } from './engine-error.ts'

/**
 * Records `version` in `file` as the last that wrote the data. An engine reads what older ones
 * wrote, and not the other way round.
 *
 * @throws EngineError `older_engine` when a newer one wrote it
 */
export function claimVersion({ file, version }: { file: string; version: string }): void {
  const last = existsSync(file) ? readVersion(file) : undefined
  if (last !== undefined && compareVersions(version, last) < 0) {
    throw new EngineError(
      'older_engine',
      `The data was written by ClickHouse ${last}, and this program brings ${version}, which cannot read it. Use a version of Aftermath that brings ${last} or newer.`,
    )
  }
  if (last !== version) writeFileSync(file, `${JSON.stringify({ version })}\n`, { mode: 0o600 })
}

/** Negative when `a` is the older one. Compares the numbers in order: '26.7.3-stable.1'. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a)
  const right = numbers(b)
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function numbers(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number)
}

function readVersion(file: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined // torn by a power cut: the engine itself judges its data
  }
}
