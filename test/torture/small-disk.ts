import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const GiB = 2 ** 30

/** Well above what the journal wants to be free before it takes requests again. */
const SIZE_BYTES = 3 * GiB

/**
 * A disk for a journal whose size the driver sets: memory that only the collector sees, in a mount
 * namespace of its own (and a user namespace, where we are not root). Nothing is written to fill it: it
 * shrinks, which to whoever asks for its free space is the same.
 */
export interface SmallDisk {
  /** To be put before the collector's program. */
  command: readonly string[]
  /** `low`: less is free than the journal wants; `none`: not a byte. */
  fill(pid: number, how: 'low' | 'none'): Promise<void>
  free(pid: number): Promise<void>
}

/** @returns undefined where no such namespace can be made */
export async function openSmallDisk(dataDir: string): Promise<SmallDisk | undefined> {
  const dir = join(dataDir, 'journal')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const own = process.getuid?.() === 0 ? ['-m'] : ['-U', '-r', '-m']
  try {
    await run('unshare', [...own, 'mount', '-t', 'tmpfs', 'none', dir])
  } catch {
    return undefined
  }
  const mount = `mount -t tmpfs -o size=${SIZE_BYTES},mode=700 none ${quote(dir)} && exec "$@"`
  const enter = (pid: number) => [
    '-t',
    String(pid),
    ...(own.includes('-U') ? ['-U', '--preserve-credentials'] : []),
    '-m',
  ]
  const resize = async (pid: number, sizeBytes: number) => {
    const options = `remount,size=${sizeBytes}`
    await run('nsenter', [...enter(pid), 'mount', '-o', options, dir])
  }
  return {
    command: ['unshare', ...own, 'sh', '-c', mount, 'sh'],
    async fill(pid, how) {
      if (how === 'low') return resize(pid, GiB)
      // It cannot be smaller than what lies in it; more may come in between.
      for (let roomBytes = 4096; ; roomBytes *= 2) {
        const { stdout } = await run('nsenter', [...enter(pid), 'du', '-sB1', dir])
        const sizeBytes = Number.parseInt(stdout, 10) + roomBytes
        const done = await resize(pid, sizeBytes).then(
          () => true,
          () => false,
        )
        if (done) return
      }
    },
    free: (pid) => resize(pid, SIZE_BYTES),
  }
}

function quote(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}
