import { once } from 'node:events'
import http from 'node:http'
import { logs, metrics, propagation, trace } from '@opentelemetry/api'
import { LASTED_HEADER, unpackBaggage } from './journey-baggage.ts'
import type { PastSpans } from './past-spans.ts'
import { type Bench, perform } from './perform.ts'
import { OPERATIONS, type Operation, type Release, operationName, performedBy } from './shop.ts'

/** Where the releases of the other services listen, by `service version`. */
export type Addresses = Record<string, string>

type Deps = { release: Release; addresses: Addresses; past: PastSpans }

/** Serves the operations of a release on a free loopback port. Returns its address. */
export async function startService({ release, addresses, past }: Deps): Promise<string> {
  const operations = OPERATIONS[release.service].map((each) => performedBy(each, release))
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const bench: Bench = { service: release.service, addresses, agent, log: logs.getLogger('shop') }
  const served = metrics.getMeter('shop').createCounter('shop.operations', {
    description: 'Operations that the shop performed, by outcome',
    unit: '{operation}',
  })

  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const operation = operations.find((each) => matches(each, request))
    if (operation === undefined) {
      response.writeHead(404).end()
      return
    }
    const name = operationName(operation)
    const span = trace.getActiveSpan()
    span?.setAttribute('http.route', operation.route).updateName(name) // as a router's would

    const luggage = unpackBaggage(propagation.getActiveBaggage())
    const attempt = String(request.headers['x-attempt'] ?? 0)
    const { status, lastedMs } = await perform({ operation, attempt, luggage }, bench)

    if (luggage.atMs === undefined) {
      served.add(1, { operation: name, outcome: status < 500 ? 'ok' : 'failed' })
    } else {
      if (span !== undefined) past.lasted(span, lastedMs)
      response.setHeader(LASTED_HEADER, String(lastedMs))
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  }

  const server = http.createServer((request, response) => void answer(request, response))
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
