import { setTimeout } from 'node:timers/promises'
import { quantile } from '../quantile.ts'
import { patchRequest, type PackedPatches } from '../workload/patch.ts'
import { openConnection, type Answer, type Connection } from './connection.ts'
import type { LoadPlan, LoadReport } from './load-plan.ts'
import { openLoopSchedule } from './schedule.ts'

/** A ready request; `patches` only where it is to be made fresh. */
export interface Ready {
  kind: 'traces' | 'logs' | 'metrics'
  items: number
  bytes: Buffer
  patches: PackedPatches | undefined
}

const WAIT_MS_MIN = 100
const WAIT_MS_MAX = 10_000

/**
 * Sends and waits for the answers.
 *
 * @throws Error on an answer that is neither success nor a plea to wait: what was stored would not be
 *   known. In a closed loop also on a lost connection
 */
export async function sendLoad(plan: LoadPlan, requests: readonly Ready[]): Promise<LoadReport> {
  const connections = Array.from({ length: plan.connections }, () => openConnection(plan))
  const report: LoadReport = {
    acknowledged: [],
    unknown: [],
    next: plan.first,
    refused: 0,
    refusedAtMs: [],
    startedAtMs: Date.now(),
    elapsedMs: 0,
    latenciesMs: [],
    lagMsP99: 0,
    cpuMs: 0,
  }
  const sender = createSender(requests)
  const cpuBefore = process.cpuUsage()
  const startedMs = performance.now()
  report.startedAtMs = Date.now()
  try {
    if (plan.loop === 'closed') await sendClosed(plan, connections, sender, report)
    else await sendOpen(plan, connections, sender, report)
  } finally {
    for (const connection of connections) connection.close()
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  report.elapsedMs = performance.now() - startedMs
  report.cpuMs = (user + system) / 1000
  return report
}

type Sender = ReturnType<typeof createSender>

function createSender(requests: readonly Ready[]) {
  const busy = new Uint8Array(requests.length)
  return {
    itemsOf: (number: number) => requests[number % requests.length]!.items,
    async send(connection: Connection, number: number): Promise<Answer> {
      const index = number % requests.length
      const { kind, bytes, patches } = requests[index]! // index < length
      if (patches === undefined) return connection.send(kind, bytes)
      // The file begins again while its first requests are still on their way: they keep their bytes.
      const own = busy[index] === 0 ? bytes : Buffer.from(bytes)
      busy[index]!++
      patchRequest(own, patches, number, Date.now())
      const answer = await connection.send(kind, own)
      busy[index]!--
      return answer
    },
  }
}

async function sendClosed(
  plan: Extract<LoadPlan, { loop: 'closed' }>,
  connections: readonly Connection[],
  sender: Sender,
  report: LoadReport,
): Promise<void> {
  const startedMs = performance.now()
  let next = plan.first
  async function run(connection: Connection): Promise<void> {
    while (next < plan.first + plan.count) {
      const number = next++
      for (;;) {
        const sentMs = performance.now()
        if (sentMs - startedMs > plan.timeoutMs) return
        const answer = await sender.send(connection, number)
        if (isSuccess(answer)) {
          report.latenciesMs.push(performance.now() - sentMs)
          report.acknowledged.push(number)
          break
        }
        if (answer.status === 0)
          throw new Error(`A connection to ${plan.url} ended before its answer.`)
        report.refused++
        report.refusedAtMs.push(performance.now() - startedMs)
        await setTimeout(Math.min(WAIT_MS_MAX, Math.max(WAIT_MS_MIN, answer.retryAfterMs)))
      }
    }
  }
  await Promise.all(connections.map(run))
  report.next = next
}

async function sendOpen(
  plan: Extract<LoadPlan, { loop: 'open' }>,
  connections: readonly Connection[],
  sender: Sender,
  report: LoadReport,
): Promise<void> {
  type Due = { number: number; dueMs: number }
  const startedMs = performance.now()
  const free = [...connections]
  const open = new Map<number, Due>()
  const waiting: Due[] = []
  let nextWaiting = 0
  const lagsMs: number[] = []
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {}) // whoever races it hears of it

  /** Sends what is due, then what has waited for a connection meanwhile. */
  async function go(connection: Connection, first: Due): Promise<void> {
    for (let due: Due | undefined = first; due !== undefined; due = waiting[nextWaiting++]) {
      open.set(due.number, due)
      const answer = await sender.send(connection, due.number)
      if (!open.delete(due.number)) return // the load has ended: counted with its age
      const nowMs = performance.now() - startedMs
      if (answer.status === 0) {
        report.unknown.push(due.number)
      } else if (isSuccess(answer)) {
        report.acknowledged.push(due.number)
        report.latenciesMs.push(nowMs - due.dueMs)
      } else {
        report.refused++
        report.refusedAtMs.push(nowMs)
      }
    }
    nextWaiting-- // nothing was there to take
    free.push(connection)
  }

  const schedule = openLoopSchedule(
    (nth) => sender.itemsOf(plan.first + nth),
    plan.itemsPerSecond,
    plan.seconds,
  )
  let number = plan.first
  for (const dueMs of schedule) {
    for (;;) {
      const restMs = dueMs - (performance.now() - startedMs)
      if (restMs <= 0) break
      await Promise.race([setTimeout(restMs), failed.promise])
    }
    const due = { number: number++, dueMs }
    const connection = free.pop()
    if (connection === undefined) {
      waiting.push(due)
      continue
    }
    lagsMs.push(performance.now() - startedMs - dueMs)
    go(connection, due).catch(failed.reject)
  }
  const untilMs = performance.now() + plan.graceMs
  while ((open.size > 0 || nextWaiting < waiting.length) && performance.now() < untilMs) {
    await Promise.race([setTimeout(5), failed.promise])
  }
  const endMs = performance.now() - startedMs
  for (const due of open.values()) {
    report.unknown.push(due.number)
    report.latenciesMs.push(endMs - due.dueMs)
  }
  for (const due of waiting.slice(nextWaiting)) report.latenciesMs.push(endMs - due.dueMs)
  open.clear()
  report.next = number
  report.lagMsP99 = lagsMs.length === 0 ? 0 : quantile(lagsMs, 0.99)
}

/** @throws Error on a refusal for good, and on a success that leaves items out */
function isSuccess({ status, text }: Answer): boolean {
  if (status === 200 && text === '') return true
  if (status === 0 || status === 429 || status === 503) return false
  throw new Error(`Answered ${status}: ${text.slice(0, 300)}`)
}
