import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LoadReport, type LoadPlan } from './load-plan.ts'

const MAIN = fileURLToPath(new URL('load-main.ts', import.meta.url))
const GRACE_MS = 60_000

/** Runs the load in a process of its own. @throws Error with what it said when it failed */
export async function runLoad(plan: LoadPlan, signal: AbortSignal): Promise<LoadReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, JSON.stringify(plan)], {
    signal,
    timeout: plan.timeoutMs + GRACE_MS,
    maxBuffer: 2 ** 24,
  })
  return LoadReport.parse(JSON.parse(stdout))
}
