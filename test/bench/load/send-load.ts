import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { quantile } from '../quantile.ts'
import type { LoadPlan, LoadReport } from './load-plan.ts'

const WAIT_MS_MIN = 100
const WAIT_MS_MAX = 10_000

/**
 * A closed loop: so many senders, each waiting for its answer before it sends the next request.
 *
 * @throws Error on an answer that is neither success nor a plea to wait, and on a lost connection:
 *   whether the request was taken is then unknown, and nothing could be verified
 */
export async function sendLoad(
  plan: LoadPlan,
  requests: readonly Uint8Array[],
): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections })
  const acknowledged = requests.map(() => 0)
  const latenciesMs: number[] = []
  const startedMs = performance.now()
  let next = plan.first
  let refused = 0

  async function send(): Promise<void> {
    while (next < plan.first + plan.count) {
      const index = next++ % requests.length
      for (;;) {
        const sentMs = performance.now()
        if (sentMs - startedMs > plan.timeoutMs) return
        const answer = await post(plan, agent, requests[index]!) // index < length
        if (answer.waitMs === 0) {
          latenciesMs.push(performance.now() - sentMs)
          acknowledged[index]!++
          break
        }
        refused++
        await setTimeout(answer.waitMs)
      }
    }
  }

  const cpuBefore = process.cpuUsage()
  try {
    await Promise.all(Array.from({ length: plan.connections }, send))
  } finally {
    agent.destroy()
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    acknowledged,
    refused,
    elapsedMs: performance.now() - startedMs,
    ackMs: {
      p50: quantile(latenciesMs, 0.5),
      p99: quantile(latenciesMs, 0.99),
      max: quantile(latenciesMs, 1),
    },
    cpuMs: (user + system) / 1000,
  }
}

/** @returns how long to wait before sending it again; 0: it is acknowledged */
async function post(
  { url, encoding }: LoadPlan,
  agent: Agent,
  bytes: Uint8Array,
): Promise<{ waitMs: number }> {
  const sent = request(`${url}/v1/traces`, {
    agent,
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-length': bytes.length,
      ...(encoding === 'gzip' && { 'content-encoding': 'gzip' }),
    },
  })
  sent.end(bytes)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage] // Node's own event
  const body = Buffer.concat(await answer.toArray())
  // A success with a body leaves items out and says which.
  if (answer.statusCode === 200 && body.length === 0) return { waitMs: 0 }
  if (answer.statusCode === 429 || answer.statusCode === 503) {
    const waitMs = Number(answer.headers['retry-after'] ?? 1) * 1000
    return { waitMs: Math.min(WAIT_MS_MAX, Math.max(WAIT_MS_MIN, waitMs)) }
  }
  throw new Error(`${answer.statusCode} from ${url}: ${body.toString().slice(0, 300)}`)
}
