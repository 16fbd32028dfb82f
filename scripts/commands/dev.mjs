import { watch } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { startCollector } from '../collector.mjs'
import { Foreground } from '../foreground.mjs'
import { inClone } from '../paths.mjs'
import { prepareProgram } from '../prepare.mjs'

const folders = ['collector/src', 'packages', 'schemas']
const settleMs = 200 // editors write a file in several steps
const vitePort = '5173'

/** `npm run dev`: the collector, started again after each change, and vite's server before it. */
export async function run() {
  const toolchain = await prepareProgram()
  const foreground = new Foreground()
  const vite = foreground.start({
    command: toolchain.node,
    args: [
      `--import=${new URL('../end-with-parent.mjs', import.meta.url).href}`,
      ...['node_modules/vite/bin/vite.js', '--clearScreen=false'],
      ...['--port', vitePort, '--strictPort'],
    ],
    cwd: inClone('dashboard'),
    env: toolchain.env,
    lifeline: true,
  })
  const app = `http://127.0.0.1:${process.env.AFTERMATH_APP_PORT ?? 4380}`
  console.error(`aftermath: dashboard as you edit it: http://localhost:${vitePort}, API: ${app}`)

  const changes = watchSources()
  const code = await runAgainAndAgain({ toolchain, foreground, changes, vite })
  changes.close()
  await foreground.endAll([vite])
  return code
}

async function runAgainAndAgain({ toolchain, foreground, changes, vite }) {
  const viteEnded = vite.exited.then((code) => ({ viteCode: code }))
  while (true) {
    const collector = startCollector(foreground, toolchain)
    const changed = changes.next()
    const ended = collector.exited.then((code) => ({ code }))
    const first = await Promise.race([changed.then(() => ({})), ended, viteEnded])
    if (foreground.ending) return collector.exited
    if (first.viteCode !== undefined) {
      await foreground.endAll([collector])
      return first.viteCode
    }
    if (first.code === undefined) {
      console.error('aftermath: sources changed, starting the collector again')
      collector.end()
      await collector.exited
    } else {
      console.error(
        `aftermath: the collector ended (${first.code}); it starts again after a change`,
      )
      await Promise.race([changed, viteEnded])
      if (foreground.ending) return first.code
    }
  }
}

function watchSources() {
  let resolveNext = () => {}
  const onChange = (_event, name) => {
    if (/\.(?:ts|sql|json)$/.test(name ?? '') && !/\.test\.ts$|node_modules/.test(name))
      resolveNext()
  }
  const watchers = folders.map((folder) => watch(inClone(folder), { recursive: true }, onChange))
  return {
    /** Resolves after the next change, once things have settled. */
    next: () =>
      new Promise((resolve) => {
        resolveNext = resolve
      }).then(() => wait(settleMs)),
    close: () => watchers.forEach((watcher) => watcher.close()),
  }
}
