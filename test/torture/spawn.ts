import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { collectorEnvironment, collectorFlags } from '../../scripts/collector-process.mjs'

const MAIN = fileURLToPath(new URL('../../collector/src/main.ts', import.meta.url))
const OUTPUT_CHUNKS_MAX = 400
/** What does not end by itself by then is killed: its code is null. */
const END_MS_MAX = 60_000

/** A collector's process. */
export interface Life {
  readonly pid: number
  readonly hasEnded: boolean
  /** The last of what it printed. */
  output(): string
  /** Resolves when it has ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }>
}

/** Started with a channel to this process: when we are gone, it stops, however we went. */
export function spawnCollector(
  environment: Record<string, string>,
  command: readonly string[] = [],
): Life {
  const [program, ...args] = [...command, process.execPath, ...collectorFlags, MAIN]
  const child = spawn(program ?? process.execPath, args, {
    env: { PATH: process.env['PATH'], ...collectorEnvironment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.channel?.unref()
  const output: string[] = []
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output.push(chunk.toString())
      if (output.length > OUTPUT_CHUNKS_MAX) output.shift()
    })
  }
  return {
    pid: child.pid!,
    get hasEnded() {
      return hasEnded(child)
    },
    output: () => output.join(''),
    async end(signal) {
      const startedMs = performance.now()
      if (!hasEnded(child)) {
        const exited = once(child, 'exit')
        child.kill(signal)
        const patience = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX)
        await exited
        clearTimeout(patience)
      }
      return { code: child.exitCode, ms: performance.now() - startedMs }
    },
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** The children of a process: of a collector, its engine, if one runs at the moment. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The name, in brackets, may hold spaces. After it: state, then the parent.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return parent === pid ? [Number(name)] : []
    } catch {
      return [] // it has just ended
    }
  })
}
