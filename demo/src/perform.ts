import type http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, SeverityNumber, context, propagation, trace } from '@opentelemetry/api'
import { call } from './call.ts'
import { type Luggage, WAY_MS, withTime } from './journey-baggage.ts'
import { logNormal, randomOf } from './random.ts'
import type { Addresses } from './service.ts'
import { LATENCY_SIGMA, type Operation, type ServiceName, operationName } from './shop.ts'

/** What a service works with. */
export type Bench = {
  service: ServiceName
  addresses: Addresses
  agent: http.Agent
  log: Logger
}

type Task = {
  operation: Operation
  luggage: Luggage
  /** A repeated request has another chance. */
  attempt: string
}

/**
 * Does the work of an operation: some waiting, then perhaps a call. In the story's past the
 * waiting is only counted.
 */
export async function perform(
  task: Task,
  bench: Bench,
): Promise<{ status: number; lastedMs: number }> {
  const { operation, luggage, attempt } = task
  const name = operationName(operation)
  const random = randomOf(`${luggage.id} ${bench.service} ${name} ${attempt}`)
  const workMs = logNormal({ median: operation.medianMs, sigma: LATENCY_SIGMA }, random)
  if (luggage.atMs === undefined) await sleep(workMs)

  if (random() < operation.errorRate) {
    const error = shopError(operation.error)
    trace.getActiveSpan()?.recordException(error, timeAfter(luggage, workMs))
    tell({ text: 'ERROR', body: `${name} failed: ${error.message}`, afterMs: workMs }, task, bench)
    return { status: 500, lastedMs: workMs }
  }
  if (operation.calls === undefined) return { status: 200, lastedMs: workMs }
  return await callOn(operation.calls, workMs, task, bench)
}

/** Calls the next service, again if the operation does, and says what became of it. */
async function callOn(
  { service, method, path, retries }: NonNullable<Operation['calls']>,
  workMs: number,
  task: Task,
  bench: Bench,
) {
  const { luggage, operation } = task
  const address = bench.addresses[`${service} ${luggage.versionOf(service)}`]
  const url = `${address}${path.replace('{id}', '7')}`
  let lastedMs = workMs
  for (let tries = 0; ; tries++) {
    const headers = { 'x-attempt': String(tries) }
    const answer = await context.with(laterContext(luggage, lastedMs), () =>
      call({ agent: bench.agent, method, url, headers }),
    )
    lastedMs += answer.lastedMs + 2 * WAY_MS
    const afterMs = lastedMs
    if (answer.status < 500) {
      if (service === 'payments') tell({ text: 'INFO', body: 'order placed', afterMs }, task, bench)
      return { status: 200, lastedMs }
    }
    const what = `${service} answered ${answer.status}`
    if (tries === retries) {
      const body = `${operationName(operation)} failed: ${what}`
      tell({ text: 'ERROR', body, afterMs }, task, bench)
      return { status: 502, lastedMs }
    }
    tell({ text: 'WARN', body: `${what}, trying again`, afterMs }, task, bench)
  }
}

/** In the past, a call is made when the work before it is done. */
function laterContext({ atMs }: Luggage, afterMs: number) {
  const active = context.active()
  const baggage = propagation.getActiveBaggage()
  if (atMs === undefined || baggage === undefined) return active
  return propagation.setBaggage(active, withTime(baggage, atMs + afterMs))
}

type Line = { text: 'INFO' | 'WARN' | 'ERROR'; body: string; afterMs: number }

function tell({ text, body, afterMs }: Line, { operation, luggage }: Task, { log }: Bench) {
  const timestamp = timeAfter(luggage, afterMs)
  log.emit({
    severityNumber: SeverityNumber[text],
    severityText: text,
    body,
    attributes: { operation: operationName(operation) },
    ...(timestamp === undefined ? {} : { timestamp }),
  })
}

/** The story's time; undefined in the present, where the SDK has it. */
function timeAfter({ atMs }: Luggage, afterMs: number): number | undefined {
  return atMs === undefined ? undefined : atMs + afterMs
}

/** `Name: message` as an error of that name. */
function shopError(text: string): Error {
  const [name = 'Error', message = text] = text.split(': ')
  return Object.assign(new Error(message), { name })
}
