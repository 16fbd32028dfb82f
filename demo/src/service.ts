import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, SeverityNumber, logs, metrics, propagation, trace } from '@opentelemetry/api'
import { call } from './call.ts'
import { type Luggage, unpackBaggage } from './journey-baggage.ts'
import { logNormal, randomOf } from './random.ts'
import {
  LATENCY_SIGMA,
  OPERATIONS,
  type Operation,
  type Release,
  operationName,
  performedBy,
} from './shop.ts'

/** Where the releases of the other services listen, by `service version`. */
export type Addresses = Record<string, string>

/** Serves the operations of a release on a free loopback port. */
export async function startService(release: Release, addresses: Addresses) {
  const operations = OPERATIONS[release.service].map((each) => performedBy(each, release))
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const served = metrics.getMeter('shop').createCounter('shop.operations', {
    description: 'Operations that the shop performed, by outcome',
    unit: '{operation}',
  })
  const log = logs.getLogger('shop')

  const server = http.createServer((request, response) => {
    void (async () => {
      const luggage = unpackBaggage(propagation.getActiveBaggage())
      const operation = operations.find((each) => matches(each, request))
      const status =
        operation === undefined
          ? 404
          : await perform({
              operation,
              attempt: String(request.headers['x-attempt'] ?? 0),
              release,
              luggage,
              addresses,
              agent,
              log,
            })
      // Counters are stamped with the present: what belongs to the past would be a lie there.
      if (operation !== undefined && luggage.shiftSeconds === 0) {
        served.add(1, {
          operation: operationName(operation),
          outcome: status < 500 ? 'ok' : 'failed',
        })
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })()
  })
  server.keepAliveTimeout = 65_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

function matches({ method, route }: Operation, request: http.IncomingMessage): boolean {
  if (request.method !== method) return false
  const path = (request.url ?? '').split('?')[0]?.split('/') ?? []
  const parts = route.split('/')
  return (
    parts.length === path.length &&
    parts.every((part, i) => part === path[i] || (part === '{id}' && path[i] !== ''))
  )
}

type Performance = {
  operation: Operation
  /** A repeated request has another chance. */
  attempt: string
  release: Release
  luggage: Luggage
  addresses: Addresses
  agent: http.Agent
  log: Logger
}

/** Does the work of an operation, which is mostly waiting, and returns its HTTP status. */
async function perform({
  operation,
  attempt,
  release,
  luggage,
  addresses,
  agent,
  log,
}: Performance) {
  const name = operationName(operation)
  const span = trace.getActiveSpan()
  span?.setAttribute('http.route', operation.route).updateName(name) // as a router's instrumentation does

  const random = randomOf(`${luggage.id} ${release.service} ${name} ${attempt}`)
  await sleep(logNormal({ median: operation.medianMs, sigma: LATENCY_SIGMA }, random))
  const tell = (severityNumber: SeverityNumber, severityText: string, body: string) =>
    log.emit({
      severityNumber,
      severityText,
      body,
      timestamp: Date.now() + luggage.shiftSeconds * 1000,
      attributes: { operation: name },
    })

  if (random() < operation.errorRate) {
    const error = shopError(operation.error)
    span?.recordException(error)
    tell(SeverityNumber.ERROR, 'ERROR', `${name} failed: ${error.message}`)
    return 500
  }
  if (operation.calls === undefined) return 200

  const { service, method, path, retries } = operation.calls
  const url = `${addresses[`${service} ${luggage.versionOf(service)}`]}${path.replace('{id}', '7')}`
  for (let tries = 0; ; tries++) {
    const headers = { 'x-attempt': String(tries) }
    const status = await call({ agent, method, url, headers }).catch(() => 503)
    if (status < 500) break
    if (tries === retries) {
      tell(SeverityNumber.ERROR, 'ERROR', `${name} failed: ${service} answered ${status}`)
      return 502
    }
    tell(SeverityNumber.WARN, 'WARN', `${service} answered ${status}, trying again`)
  }
  if (service === 'payments') tell(SeverityNumber.INFO, 'INFO', 'order placed')
  return 200
}

/** `Name: message` as an error of that name. */
function shopError(text: string): Error {
  const [name = 'Error', message = text] = text.split(': ')
  return Object.assign(new Error(message), { name })
}
