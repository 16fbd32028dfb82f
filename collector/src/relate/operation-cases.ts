import type { SpanRow } from './span-row.ts'

/** A span of which a case says only what matters to it. */
export const spanRow = (span: Partial<SpanRow>): SpanRow => ({
  SpanName: '',
  SpanKind: 'Internal',
  ParentSpanId: '',
  TraceState: '',
  StatusCode: 'Unset',
  SpanAttributes: {},
  ResourceAttributes: {},
  'Events.Name': [],
  'Events.Attributes': [],
  ...span,
})

type Case = { span: Partial<SpanRow>; operation: string }

const named = (SpanName: string, operation: string): Case => ({ span: { SpanName }, operation })
const having = (SpanAttributes: Record<string, string>, operation: string): Case => ({
  span: { SpanName: 'name', SpanAttributes },
  operation,
})
const path = (sent: string, templated: string): Case =>
  having({ 'http.request.method': 'GET', 'url.path': sent }, `GET ${templated}`)

/** Spans and what their operations are called: in TypeScript and in the view's SQL alike. */
export const cases: Case[] = [
  // HTTP
  having(
    { 'http.request.method': 'GET', 'http.route': '/users/:id', 'url.path': '/users/7' },
    'GET /users/:id',
  ),
  having({ 'http.method': 'post', 'http.route': 'api/{x}' }, 'POST api/{x}'),
  having(
    { 'http.request.method': '', 'http.method': 'PUT', 'http.target': '/a/1?b=2' },
    'PUT /a/{id}',
  ),
  having({ 'http.request.method': 'BREW', 'http.route': '/pot' }, '_OTHER /pot'),
  having({ 'http.request.method': 'optıons' }, '_OTHER'),
  having({ 'http.request.method': 'QUERY' }, 'QUERY'),
  having(
    { 'http.request.method': 'GET', 'url.full': 'https://h.example:8080/a/12/b?x=/1#y' },
    'GET /a/{id}/b',
  ),
  having({ 'http.request.method': 'GET', 'url.full': 'https://h.example' }, 'GET'),
  having({ 'http.request.method': 'GET', 'http.url': 'http://u:p@h/a#f' }, 'GET /a'),
  having(
    {
      'http.request.method': 'GET',
      'url.path': '/p',
      'http.target': '/t',
      'url.full': 'http://h/u',
    },
    'GET /p',
  ),
  having({ 'http.request.method': 'GET', 'http.route': '/r', 'rpc.method': 'm' }, 'GET /r'),
  having({ 'http.route': '/without/a/method' }, 'name'),
  // RPC
  having({ 'rpc.method': 'shop.Cart/Add' }, 'shop.Cart/Add'),
  having({ 'rpc.method': 'Add', 'rpc.service': 'shop.Cart' }, 'shop.Cart/Add'),
  having({ 'rpc.method': 'shop.Cart/Add', 'rpc.service': 'shop.Cart' }, 'shop.Cart/Add'),
  having({ 'rpc.service': 'shop.Cart' }, 'name'),
  // Messaging
  having(
    {
      'messaging.operation.name': 'poll',
      'messaging.operation.type': 'receive',
      'messaging.destination.name': 'orders',
    },
    'poll orders',
  ),
  having({ 'messaging.operation': 'process', 'messaging.destination': 'orders' }, 'process orders'),
  having(
    {
      'messaging.operation.type': 'send',
      'messaging.destination.template': '/c/{id}',
      'messaging.destination.name': '/c/7',
    },
    'send /c/{id}',
  ),
  having(
    {
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'amq.gen-1',
      'messaging.destination.anonymous': 'true',
    },
    'send',
  ),
  having(
    {
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'q',
      'messaging.destination.temporary': 'false',
    },
    'send q',
  ),
  // GraphQL, functions, models, databases
  having({ 'graphql.operation.type': 'query', 'graphql.operation.name': 'Cart' }, 'query Cart'),
  having({ 'graphql.operation.type': 'mutation' }, 'mutation'),
  having({ 'faas.name': 'resize' }, 'resize'),
  { span: { SpanName: 'x', ResourceAttributes: { 'faas.name': 'resize' } }, operation: 'resize' },
  {
    span: {
      SpanName: 'x',
      SpanKind: 'Client',
      ParentSpanId: 'p',
      ResourceAttributes: { 'faas.name': 'resize' },
    },
    operation: 'x',
  },
  having({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'large' }, 'chat large'),
  having({ 'db.query.summary': 'SELECT carts', 'db.operation.name': 'SELECT' }, 'SELECT carts'),
  having({ 'db.operation.name': 'SELECT', 'db.collection.name': 'carts' }, 'SELECT carts'),
  having({ 'db.operation': 'find', 'db.mongodb.collection': 'carts' }, 'find carts'),
  having({ 'db.operation': 'GET' }, 'GET'),
  having({ 'db.collection.name': 'carts' }, 'name'),
  // Names
  named('', ''),
  named('checkout', 'checkout'),
  named('GET /users/42/orders/', 'GET /users/{id}/orders/'),
  named('GET /search?q=1', 'GET /search'),
  named('/page#top', '/page'),
  named('Users#show', 'Users#show'),
  named('why? because', 'why? because'),
  named('why? a/b#c', 'why? a/b'),
  named('a/b/c/d/e/f/g/h', 'a/b/c/d/e/f/g/h'),
  named('a/b/c/d/e/f/g/h/i', 'a/b/c/d/e/f/g/h/…'),
  named('🧀'.repeat(201), '🧀'.repeat(200)),
  named('a\nb/1', 'a\nb/{id}'),
  // Paths
  path('/', '/'),
  path('//', '//'),
  path('/1/2/3', '/{id}/{id}/{id}'),
  path('/v1/users', '/v1/users'),
  path('/123e4567-e89b-12d3-a456-426614174000', '/{id}'),
  path('/abcdefab-abcd-abcd-abcd-abcdefabcdef', '/{id}'),
  path('/deadbee1', '/{id}'),
  path('/deadbeef', '/deadbeef'),
  path('/dead1', '/dead1'),
  path('/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/{id}'),
  path('/YWJjZGVmZWhpamtsbWxv', '/YWJjZGVmZWhpamtsbWxv'),
  path('/YWJjZGVmZ2hpamtsbW5vMTIz', '/{id}'),
  path('/YWJjZGVmZ2hpamtsbW5vMQ==', '/{id}'),
  path('/long-words-without-digits', '/long-words-without-digits'),
  path('/2026-01-05', '/{id}'),
  path('/2026-01-05T10:00:00Z/x', '/{id}/x'),
  path('/a@b.example', '/{id}'),
  path('/@handle', '/@handle'),
  path('/a/b/c/d/e/f/g/h', '/a/b/c/d/e/f/g/h'),
  path('/a/b/c/d/e/f/g/h/i/j', '/a/b/c/d/e/f/g/h/…'),
  path(`/${'x'.repeat(300)}`, `/${'x'.repeat(195)}`),
]

const exception = (escaped: string): Partial<SpanRow> => ({
  'Events.Name': ['log', 'exception'],
  'Events.Attributes': [{ 'exception.escaped': 'true' }, { 'exception.escaped': escaped }],
})
const http = (SpanKind: string, status: string, more: Partial<SpanRow> = {}): Partial<SpanRow> => ({
  SpanKind,
  SpanAttributes: { 'http.response.status_code': status },
  ...more,
})
const rpc = (key: string, code: string): Partial<SpanRow> => ({ SpanAttributes: { [key]: code } })

/** Spans and whether they failed. */
export const outcomes: { span: Partial<SpanRow>; failed: boolean }[] = [
  { span: {}, failed: false },
  { span: { StatusCode: 'Error' }, failed: true },
  { span: http('Server', '200', { StatusCode: 'Error' }), failed: true },
  { span: http('Server', '500', { StatusCode: 'Ok' }), failed: false },
  { span: http('Server', '499'), failed: false },
  { span: http('Server', '500'), failed: true },
  { span: http('Server', '599'), failed: true },
  { span: http('Server', '5000'), failed: false },
  { span: http('Server', '404', exception('true')), failed: false },
  { span: http('Server', '200', exception('true')), failed: true },
  { span: http('Client', '399'), failed: false },
  { span: http('Client', '400'), failed: true },
  { span: http('Internal', '500'), failed: false },
  { span: { SpanKind: 'Server', SpanAttributes: { 'http.status_code': '503' } }, failed: true },
  ...['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'].map(
    (code) => ({ span: rpc('rpc.response.status_code', code), failed: true }),
  ),
  ...['2', '4', '12', '13', '14', '15'].map((code) => ({
    span: rpc('rpc.grpc.status_code', code),
    failed: true,
  })),
  { span: rpc('rpc.status_code', 'INTERNAL'), failed: true },
  { span: rpc('rpc.connect_rpc.error_code', 'unavailable'), failed: true },
  { span: rpc('rpc.grpc.status_code', '5'), failed: false },
  { span: rpc('rpc.response.status_code', 'NOT_FOUND'), failed: false },
  { span: rpc('rpc.response.status_code', 'DATA_LOſS'), failed: false },
  { span: exception('true'), failed: true },
  { span: exception('True'), failed: true },
  { span: exception('false'), failed: false },
]

/** Spans and how many each stands for. */
export const weights: { span: Partial<SpanRow>; weight: number }[] = [
  { span: {}, weight: 1 },
  { span: { SpanAttributes: { SampleRate: '20' } }, weight: 20 },
  { span: { SpanAttributes: { SampleRate: '2.5' }, TraceState: 'ot=th:8' }, weight: 2.5 },
  { span: { SpanAttributes: { SampleRate: '0' }, TraceState: 'ot=th:8' }, weight: 2 },
  { span: { SpanAttributes: { SampleRate: '1e3' } }, weight: 1 },
  { span: { TraceState: 'ot=th:0' }, weight: 1 },
  { span: { TraceState: 'ot=th:c' }, weight: 4 },
  {
    span: { TraceState: 'a=b, ot=rv:1;th:fd70a3d70a3d71;x:y,c=d' },
    weight: 2 ** 56 / 0x28f5c28f5c28f,
  },
  { span: { TraceState: 'ot=th:ffffffffffffff' }, weight: 2 ** 56 },
  { span: { TraceState: 'ot=th:123456789abcdef' }, weight: 1 },
  { span: { TraceState: 'not=th:8' }, weight: 1 },
]

/** Resources and the release they tell. */
export const releases: { span: Partial<SpanRow>; version: string; environment: string }[] = [
  { span: {}, version: '', environment: 'production' },
  {
    span: { ResourceAttributes: { 'service.version': '1', 'deployment.environment.name': 'test' } },
    version: '1',
    environment: 'test',
  },
  {
    span: { ResourceAttributes: { 'app.version': '2', 'deployment.environment': 'old' } },
    version: '2',
    environment: 'old',
  },
  {
    span: {
      ResourceAttributes: {
        'service.version': '',
        'vcs.ref.head.revision': 'f00',
        environment: 'e',
      },
    },
    version: 'f00',
    environment: 'e',
  },
  {
    span: {
      ResourceAttributes: { 'app.version': 'resource', 'deployment.environment.name': 'resource' },
      SpanAttributes: { 'service.version': 'item', 'deployment.environment.name': 'item' },
    },
    version: 'item',
    environment: 'resource',
  },
]
