import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { createPastSpans } from './past-spans.ts'
import { RELEASES } from './shop.ts'
import { startTelemetry } from './telemetry.ts'

/** What the demo tells a service, and what it answers. */
export type Order = 'measure' | 'stop'
export type Report = { url: string } | { stopped: true }

const Start = z.object({
  service: z.string(),
  version: z.string(),
  addresses: z.record(z.string(), z.string()),
})

const { service, version, addresses } = Start.parse(workerData)
const release = RELEASES.find((each) => each.service === service && each.version === version)
assert(release !== undefined && parentPort !== null)
const port = parentPort

const past = createPastSpans()
const telemetry = startTelemetry(past)
// Only now: the instrumentation has to be there before the service takes node:http.
const { startService } = await import('./service.ts')
port.postMessage({ url: await startService({ release, addresses, past }) } satisfies Report)

port.on('message', (order: Order) => {
  if (order === 'measure') telemetry.measure()
  else void telemetry.shutdown().finally(() => port.postMessage({ stopped: true } satisfies Report))
})
