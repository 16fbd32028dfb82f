import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LoadReport, type LoadInput } from './load-plan.ts'

const MAIN = fileURLToPath(new URL('load-main.ts', import.meta.url))
const GRACE_MS = 120_000

/** Runs the load in a process of its own. @throws Error with what it said when it failed */
export async function runLoad(plan: LoadInput, signal: AbortSignal): Promise<LoadReport> {
  const lengthMs = plan.loop === 'closed' ? plan.timeoutMs : plan.seconds * 1000
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, JSON.stringify(plan)], {
    signal,
    timeout: lengthMs + GRACE_MS,
    maxBuffer: 2 ** 27,
  })
  return LoadReport.parse(JSON.parse(stdout))
}
