import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

/** What the figures were taken on; `load` is what else it had to do before. */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

/** What was measured; undefined outside a git checkout. */
export function describeCommit(): { commit: string; dirty: boolean } | undefined {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim()
  try {
    const dirty = git('status', '--porcelain', '--untracked-files=no') !== ''
    return { commit: git('rev-parse', 'HEAD'), dirty }
  } catch {
    return undefined
  }
}
