import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startCollector } from '../collector.mjs'
import { Foreground } from '../foreground.mjs'
import { inClone, root } from '../paths.mjs'
import { prepareProgram } from '../prepare.mjs'

const lookEveryMs = 100

/** `npm run demo`: as start, and a shop that sends telemetry. */
export async function run() {
  const toolchain = await prepareProgram()
  const foreground = new Foreground()
  const collector = startCollector(foreground, toolchain)
  const dataDir = resolve(root, process.env.AFTERMATH_DATA_DIR ?? 'data')

  const ready = await Promise.race([
    isReady(dataDir, collector, foreground),
    collector.exited.then(() => false),
  ])
  if (!ready) return collector.exited
  const demo = foreground.start({
    command: toolchain.node,
    args: [inClone('demo/src/main.ts'), '--data-dir', dataDir],
    env: toolchain.env,
    lifeline: true,
  })
  void reportEarlyEnd(demo, foreground)
  const code = await collector.exited
  await foreground.endAll([demo])
  return code
}

async function reportEarlyEnd(demo, foreground) {
  const code = await demo.exited
  if (!foreground.ending) console.error(`aftermath: the demo shop ended (exit code ${code}).`)
}

/** Resolves true once the collector says so in run.json. */
async function isReady(dataDir, { pid }, foreground) {
  while (!foreground.ending) {
    const text = await readFile(join(dataDir, 'run.json'), 'utf8').catch(() => '')
    if (isReadyAs(text, pid)) return true
    await wait(lookEveryMs)
  }
  return false
}

function isReadyAs(text, pid) {
  try {
    const { ready, pids } = JSON.parse(text)
    return ready === true && pids.collector === pid
  } catch {
    return false // not there, or of another kind
  }
}
