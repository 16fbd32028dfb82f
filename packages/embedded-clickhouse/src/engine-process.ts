import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { EngineFiles } from './engine-files.ts'

/** One run of the engine. */
export interface EngineProcess {
  readonly pid: number | undefined // undefined when the system would not start it
  /** Resolves once it has ended, never rejects. */
  readonly ended: Promise<EngineEnd>
  /** Closes it in order; by force when it takes longer than it may. Resolves once it has ended. */
  stop(): Promise<void>
  /** Ends it at once. */
  kill(): void
}

export interface EngineEnd {
  code: number | null
  signal: NodeJS.Signals | null
  stderr: string // the end of what it wrote there
}

const orderlyMsMax = 10_000
const sigtermMsMax = 2_000
const stderrCharsMax = 16_384

/**
 * Starts the engine in a process group of its own, where Ctrl-C does not reach it: it ends when
 * its standard input closes, after those who use it.
 */
export function spawnEngine({
  library,
  files,
}: {
  library: string
  files: EngineFiles
}): EngineProcess {
  const script = fileURLToPath(new URL('./engine-main.ts', import.meta.url))
  const stderr = openSync(files.stderr, 'w', 0o600)
  const child = spawn(process.execPath, [script, library, files.config, files.listen], {
    detached: true,
    stdio: ['pipe', 'ignore', stderr],
    cwd: files.store,
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' }, // nothing inherited: no secret, no NODE_OPTIONS
  })
  closeSync(stderr)
  child.stdin?.on('error', () => {}) // it died first: `ended` says so

  const ended = endOf(child, files.stderr)
  return {
    pid: child.pid,
    ended,
    async stop() {
      child.stdin?.end()
      if (await within(ended, orderlyMsMax)) return
      child.kill('SIGTERM')
      if (await within(ended, sigtermMsMax)) return
      child.kill('SIGKILL')
      await ended
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

async function endOf(child: ChildProcess, stderrFile: string): Promise<EngineEnd> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    const stderr = readFileSync(stderrFile, 'utf8').slice(-stderrCharsMax)
    return { code, signal, stderr }
  } catch (error) {
    return { code: null, signal: null, stderr: String(error) } // spawn itself failed
  }
}

/** Whether `ended` resolves within `ms`. */
async function within(ended: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController()
  const late = wait(ms, false, { signal: timer.signal }).catch(() => false)
  const inTime = await Promise.race([ended.then(() => true), late])
  timer.abort()
  return inTime
}
