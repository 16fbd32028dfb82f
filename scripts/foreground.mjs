import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './paths.mjs'
import { watchNpm } from './npm-watch.mjs'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const echoMs = 500
const endMsMax = 40_000 // the collector gives itself 35 s

/**
 * Runs programs in the foreground until the first of them, the main one, has ended; the others end
 * with it. What asks us to end reaches each of them once, however it was asked for: Ctrl-C arrives
 * from the terminal and again from npm.
 */
export class Foreground {
  #children = new Set()
  #lastSignalMs = -Infinity
  #ending = false

  constructor() {
    for (const signal of signals) process.on(signal, () => this.#onSignal(signal))
    watchNpm(() => this.#onSignal('SIGTERM'))
  }

  get ending() {
    return this.#ending
  }

  /**
   * Starts a program. With `lifeline` it gets a process group of its own, and ends when we are gone,
   * however we went: its standard input closes, and 'disconnect' fires on its `process`.
   *
   * @param {{ command: string, args: string[], env?: NodeJS.ProcessEnv, cwd?: string, lifeline?: boolean }} program
   * @returns {{ pid: number | undefined, exited: Promise<number>, end: () => void }} its exit code,
   *   128 + n where signal n ended it, as shells have it
   */
  start({ command, args, env = process.env, cwd = root, lifeline = false }) {
    const stdio = lifeline ? ['pipe', 'inherit', 'inherit', 'ipc'] : 'inherit'
    const child = spawn(command, args, { cwd, env, stdio, detached: lifeline })
    const program = { child, lifeline }
    this.#children.add(program)
    const exited = new Promise((resolve) => {
      child.on('error', (error) => {
        console.error(`aftermath: ${command} does not start: ${error.message}`)
        resolve(1)
      })
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
    })
    void exited.then(() => this.#children.delete(program))
    return { pid: child.pid, exited, end: () => child.kill('SIGTERM') }
  }

  /** Ends whatever still runs, and waits for it. @param {{ exited: Promise<number> }[]} programs */
  async endAll(programs) {
    this.#ending = true
    for (const program of programs) program.end()
    await Promise.all(programs.map(({ exited }) => exited))
  }

  #onSignal(signal) {
    const nowMs = performance.now()
    if (nowMs - this.#lastSignalMs < echoMs) return
    this.#lastSignalMs = nowMs
    this.#ending = true
    for (const { child, lifeline } of this.#children) {
      // Those in our own group had the terminal's signal already.
      if (lifeline || signal !== 'SIGINT') child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
    }
    setTimeout(() => {
      for (const { child } of this.#children) child.kill('SIGKILL')
    }, endMsMax).unref()
  }
}
