import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { z } from 'zod'

/** What the figures were taken on. */
export const Machine = z.object({
  cpu: z.string(),
  cores: z.int(),
  memoryGb: z.number(),
  kernel: z.string(),
  filesystem: z.string(),
  node: z.string(),
  engine: z.string(),
})
export type Machine = z.output<typeof Machine>

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    filesystem: say('stat', '-f', '-c', '%T', tmpdir()) ?? 'unknown',
    node: process.version,
    engine: engineVersion(),
  }
}

/** What was measured; undefined outside a git checkout. */
export function describeCommit(): { commit: string; dirty: boolean } | undefined {
  const commit = say('git', 'rev-parse', 'HEAD')
  if (commit === undefined) return undefined
  return { commit, dirty: say('git', 'status', '--porcelain', '--untracked-files=no') !== '' }
}

/** Share of the time since it started in which the host gave this machine's cores to others. */
export function readStealShare(): number {
  const fields = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '')
    .split(' ')
    .map(Number)
  const steal = fields[7] ?? 0
  return steal / fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0)
}

export const readLoad = () => Math.round((loadavg()[0] ?? 0) * 10) / 10

function engineVersion(): string {
  const from = createRequire(
    new URL('../../packages/embedded-clickhouse/package.json', import.meta.url),
  )
  try {
    const manifest: unknown = from('@chdb/lib-linux-x64-gnu/package.json')
    return z.object({ version: z.string() }).parse(manifest).version
  } catch {
    return 'unknown'
  }
}

function say(command: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(command, args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  } catch {
    return undefined
  }
}
