import { firstOf, type SpanRow } from './span-row.ts'
import { template } from './templating.ts'

/** What callers wait for (the first three), and what a service depends on. */
export type OperationKind = 'server' | 'consumer' | 'root' | 'client' | 'producer'

/** Undefined for a span inside a service, which is not rolled up. */
export function operationKindOf(span: SpanRow): OperationKind | undefined {
  if (span.SpanKind === 'Server') return 'server'
  if (span.SpanKind === 'Consumer') return 'consumer'
  if (span.ParentSpanId === '') return 'root'
  if (span.SpanKind === 'Client') return 'client'
  return span.SpanKind === 'Producer' ? 'producer' : undefined
}

const CHARACTERS_MAX = 200

/**
 * The operation a span stands for: `GET /orders/{id}`, `shop.Orders/Place`, `process orders`.
 *
 * A pure function of the row, and the same as the view `operation_minutes_mv` says in SQL. Names stay
 * as they are, however many there are: the cut to the most frequent is made when reading.
 */
export function operationOf(span: SpanRow): string {
  return Array.from(nameOf(span)).slice(0, CHARACTERS_MAX).join('')
}

function nameOf(span: SpanRow): string {
  const first = (...keys: string[]) => firstOf(span.SpanAttributes, ...keys)

  const method = upper(first('http.request.method', 'http.method'))
  if (method !== '') {
    const place = first('http.route') || template(withoutQuery(pathOf(span), 0))
    return words(HTTP_METHODS.has(method) ? method : '_OTHER', place)
  }
  const rpcMethod = first('rpc.method')
  if (rpcMethod !== '') {
    const service = first('rpc.service')
    return service === '' || rpcMethod.includes('/') ? rpcMethod : `${service}/${rpcMethod}`
  }
  const messaging = first(
    'messaging.operation.name',
    'messaging.operation.type',
    'messaging.operation',
  )
  if (messaging !== '') return words(messaging, destinationOf(span))

  const graphql = first('graphql.operation.type')
  if (graphql !== '') return words(graphql, first('graphql.operation.name'))

  const faas = first('faas.name') || faasOf(span)
  if (faas !== '') return faas

  const model = first('gen_ai.operation.name')
  if (model !== '') return words(model, first('gen_ai.request.model'))

  const summary = first('db.query.summary')
  if (summary !== '') return summary

  const query = first('db.operation.name', 'db.operation')
  if (query !== '') {
    return words(query, first('db.collection.name', 'db.sql.table', 'db.mongodb.collection'))
  }
  // A query or fragment only behind a slash: `Users#show` is a method in Ruby.
  return template(withoutQuery(span.SpanName, span.SpanName.indexOf('/')))
}

const HTTP_METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
])

// ASCII alone, as ClickHouse's upper(): `ı` is no `I`.
const upper = (text: string) => text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())

const words = (first: string, second: string) => (second === '' ? first : `${first} ${second}`)

/** @param from where the path starts; negative when there is none */
function withoutQuery(text: string, from: number): string {
  const path = from < 0 ? -1 : text.slice(from).search(/[?#]/)
  return path < 0 ? text : text.slice(0, from + path)
}

function pathOf({ SpanAttributes }: SpanRow): string {
  const path = firstOf(SpanAttributes, 'url.path', 'http.target')
  if (path !== '') return path
  const url = firstOf(SpanAttributes, 'url.full', 'http.url')
  return url.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, '')
}

/** Names made for one connection would be an operation each. */
function destinationOf({ SpanAttributes }: SpanRow): string {
  const destination = firstOf(SpanAttributes, 'messaging.destination.template')
  if (destination !== '') return destination
  const passing = ['messaging.destination.temporary', 'messaging.destination.anonymous']
  if (passing.some((key) => SpanAttributes[key] === 'true')) return ''
  return firstOf(SpanAttributes, 'messaging.destination.name', 'messaging.destination')
}

/** On the resource it names the function itself, so not what the function calls. */
function faasOf(span: SpanRow): string {
  const kind = operationKindOf(span)
  if (kind === 'client' || kind === 'producer') return ''
  return firstOf(span.ResourceAttributes, 'faas.name')
}
