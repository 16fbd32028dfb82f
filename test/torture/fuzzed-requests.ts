import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { mutants } from '../../packages/otlp/test/mutants.ts'
import { readCpuMs, readMemoryMb } from '../bench/process-usage.ts'
import { seededRandom } from '../harness/random.ts'
import { grpcFuzzer } from './fuzz-grpc.ts'
import { sendGarbage, sendHttp, type Choose } from './fuzz-http.ts'
import type { Given, Outcome, Torture } from './torture.ts'
import { openVictim, type Victim } from './victim.ts'

const REQUESTS = 1_000_000
const IN_FLIGHT = 24
/** As senders do, who is told to come later does so; just not as much later. */
const BACK_OFF_MS = 100
/** Of the collector, after its first tenth of the work. */
const MEMORY_GROWTH_MB_MAX = 100
const MEMORY_EVERY = 100
const SAY_EVERY = 10_000

export const fuzzedRequests: Torture = {
  name: 'T15',
  what: `${REQUESTS / 1e6} million mutated requests on every ingest route, over HTTP and gRPC (--times, --minutes: at most)`,
  passesWhen:
    'no crash, no 5xx but 503, no dead letter, memory does not grow, every accepted item is a row',
  run: runFuzz,
}

/** What may be answered to anything at all: success, told to change something, told to wait. */
const STATUSES = new Set([
  '200',
  '204',
  '400',
  '401',
  '403',
  '404',
  '405',
  '408',
  '413',
  '414',
  '415',
  '417',
  '421',
  '429',
  '431',
  '503',
])
/** OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, RESOURCE_EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE, UNAUTHENTICATED. */
const GRPC_STATUSES = new Set([
  '0',
  '3',
  '4',
  '5',
  '8',
  '12',
  '14',
  '16',
  'HTTP 415',
  'calm',
  'cancelled',
])

export async function runFuzz({ options, say, signal }: Given): Promise<Outcome> {
  const requests = options.times ?? REQUESTS
  await using victim = await openVictim()
  const { pid } = victim.life
  const enginePid = victim.enginePid()
  const answers = new Map<string, number>()
  const memory: number[] = []
  const startedMs = performance.now()

  const untilMs = startedMs + (options.minutes ?? Infinity) * 60_000

  await sendAll(victim, { requests, untilMs, seed: options.seed, signal }, (answer, sent) => {
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
    if (sent % MEMORY_EVERY === 0 && !victim.life.hasEnded) memory.push(readMemoryMb(pid).now)
    if (sent % SAY_EVERY === 0) say(`${sent} sent, ${Math.round(memory.at(-1) ?? 0)} MB`)
  })

  const seconds = (performance.now() - startedMs) / 1000
  const sentCount = [...answers.values()].reduce((sum, count) => sum + count, 0)
  const failures: string[] = []
  if (victim.life.hasEnded) {
    return { figures: {}, failures: [`The collector ended: ${victim.life.output().slice(-4000)}`] }
  }
  await victim.quiet(600_000)
  const items = await compareItems(victim, failures)
  const part = Math.ceil(memory.length / 10)
  const growth = median(memory.slice(-part)) - median(memory.slice(part, 2 * part))
  if (growth > MEMORY_GROWTH_MB_MAX)
    failures.push(`The collector grew by ${Math.round(growth)} MB.`)
  if (victim.enginePid() !== enginePid) failures.push('The engine died.')
  if (/An ingest request failed|"level":(?:50|60)/.test(victim.life.output())) {
    failures.push(`The log tells of an error: ${victim.life.output().slice(-2000)}`)
  }
  judgeAnswers(answers, failures)
  return {
    figures: {
      requests: sentCount,
      seconds: Math.round(seconds),
      collectorCpuUsPerRequest: Math.round((readCpuMs(pid) * 1000) / sentCount),
      ...items,
      memoryMb: Math.round(median(memory.slice(-part))),
      memoryGrowthMb: Math.round(growth),
      memoryPeakMb: Math.round(readMemoryMb(pid).peak),
      ...Object.fromEntries([...answers].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
    failures,
  }
}

const BUSY = 'http 503'
const GRPC_BUSY = 'grpc 14'

type Work = { requests: number; untilMs: number; seed: number; signal: AbortSignal }

async function sendAll(
  victim: Victim,
  { requests, untilMs, seed, signal }: Work,
  note: (answer: string, sent: number) => void,
): Promise<void> {
  const { ingest, app, grpc, projects } = victim
  const { key } = projects[0]! // `default` is always there
  const random = seededRandom(seed)
  const choose: Choose = (count) => Math.floor(random() * count)
  const next = mutants(random, Date.now())
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  using calls = grpcFuzzer(grpc, key)
  let started = 0
  let sent = 0

  async function sendOne(): Promise<string> {
    const mutant = next()
    const way = choose(400)
    if (way === 0) {
      await sendGarbage([ingest, app, `http://${grpc}`][choose(3)]!, mutant.bytes, choose)
      return 'garbage'
    }
    if (way < 120) return `grpc ${await calls.send(mutant, choose)}`
    return `http ${await sendHttp(mutant, { ingest, app, key, agent }, choose)}`
  }

  async function work(): Promise<void> {
    while (started < requests && performance.now() < untilMs && !victim.life.hasEnded) {
      signal.throwIfAborted()
      started++
      const answer = await sendOne()
      note(answer, ++sent)
      if (answer === BUSY || answer === GRPC_BUSY) await setTimeout(BACK_OFF_MS)
    }
  }
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  } finally {
    agent.destroy()
  }
}

const TABLES = {
  traces: ['otel_traces'],
  logs: ['otel_logs'],
  metrics: ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map(
    (kind) => `otel_metrics_${kind}`,
  ),
}

/** Every item that the collector says it accepted is a row, and no other is there. */
async function compareItems(victim: Victim, failures: string[]): Promise<Record<string, number>> {
  const page = await (await fetch(`${victim.ingest}/metrics`)).text()
  const items: Record<string, number> = {}
  for (const [kind, tables] of Object.entries(TABLES)) {
    const series = new RegExp(
      `^aftermath_ingest_items_total\\{[^}]*signal="${kind}",outcome="accepted"[^}]*\\} (\\d+)$`,
      'gm',
    )
    const accepted = [...page.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0)
    const counts = tables.map((table) => `(SELECT count() FROM ${table})`).join(' + ')
    const stored = await readNumber(victim, `SELECT toString(${counts})`)
    items[`${kind}Items`] = accepted
    if (stored !== accepted)
      failures.push(`${accepted} items of ${kind} accepted, ${stored} stored.`)
  }
  const dead = Dead.parse(await (await victim.api('/api/v1/dead-letters')).json()).data
  for (const { kind, message } of dead) failures.push(`A dead letter of ${kind}: ${message}`)
  return items
}

const Dead = z.object({ data: z.array(z.object({ kind: z.string(), message: z.string() })) })
const Answer = z.object({ data: z.array(z.array(z.coerce.number())) })

async function readNumber(victim: Victim, query: string): Promise<number> {
  const answer = await victim.api('/api/v1/sql', {
    method: 'POST',
    body: JSON.stringify({ query }),
  })
  return Answer.parse(await answer.json()).data[0]?.[0] ?? 0
}

function judgeAnswers(answers: ReadonlyMap<string, number>, failures: string[]): void {
  for (const [answer, count] of answers) {
    const [protocol = '', ...rest] = answer.split(' ')
    const status = rest.join(' ')
    if (protocol === 'http' && !STATUSES.has(status)) failures.push(`${count} × ${answer}.`)
    if (protocol === 'grpc' && !GRPC_STATUSES.has(status)) failures.push(`${count} × ${answer}.`)
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
