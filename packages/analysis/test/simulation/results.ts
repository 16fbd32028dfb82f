import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { emptyTally } from './tally.ts'
import type { Tally } from './tally.ts'

const folder = new URL('../results/', import.meta.url)

/** What is known of a scenario from all runs so far. */
export function readTally(id: string): Tally {
  const file = new URL(`${id}.json`, folder)
  if (!existsSync(file)) return emptyTally(id)
  return JSON.parse(readFileSync(file, 'utf8')) as Tally // written by `writeTally` below
}

/** A line per part, so that a difference shows which part changed. */
export function writeTally(tally: Tally): void {
  mkdirSync(folder, { recursive: true })
  const lines = Object.entries(tally).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  writeFileSync(new URL(`${tally.id}.json`, folder), `{\n${lines.join(',\n')}\n}\n`)
}

/**
 * Git's name of the judging code the runs are made with (the tree `packages/analysis/src`), `+` where
 * files differ from it.
 */
export function presentCode(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  const source = 'packages/analysis/src'
  const changed = git('status', '--porcelain', '--', `:/${source}`) !== ''
  return `${git('rev-parse', '--short', `HEAD:${source}`)}${changed ? '+' : ''}`
}
