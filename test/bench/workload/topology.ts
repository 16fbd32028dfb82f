import { attribute, message, double, text, varint } from '../../../packages/otlp/test/encode.ts'

/** What the fleet that sends looks like: fixed by the random sequence, encoded once, sent often. */
export interface Topology {
  services: readonly Service[]
  /** Attributes that every kind of span has, each with 10,000 values. */
  paths: readonly Uint8Array[]
  users: readonly Uint8Array[]
  /** One attribute of changing type: text, bool, double, nested. */
  extras: readonly Uint8Array[]
  exceptions: readonly Uint8Array[]
}

export interface Service {
  name: string
  /** The newest last; a release on its way takes the smallest share. */
  releases: readonly Release[]
  operations: readonly Operation[]
}

export interface Release {
  version: string
  share: number
  /** Encoded resources, one per instance: 12 attributes each. */
  instances: readonly Uint8Array[]
}

/** One thing a service does, as spans of each kind that is part of it. */
export interface Operation {
  medianNs: number
  entry: SpanShape
  steps: readonly SpanShape[]
}

/** The part of a span that all spans of an operation have in common. */
export interface SpanShape {
  /** OTLP's number of the kind. */
  kind: number
  /** Encoded name, kind and two attributes. */
  head: Uint8Array
  /** One attribute each: its value tells success from failure where the protocol has a status. */
  succeeded: Uint8Array
  failed: Uint8Array
}

export const spanKinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

const SERVICES = 12
const OPERATIONS_MAX = 60
const INSTANCES = 6
const VALUES_MANY = 10_000
const EXCEPTIONS = 300
const shares = [0.18, 0.8, 0.02] // retiring, serving, arriving

const nouns =
  'cart order price stock user mail invoice städte search review image coupon address token report'.split(
    ' ',
  )
const verbs = ['GET', 'POST', 'PUT', 'DELETE']

export function createTopology(random: () => number): Topology {
  return {
    services: Array.from({ length: SERVICES }, (_, index) => createService(index, random)),
    paths: Array.from({ length: VALUES_MANY }, (_, index) =>
      spanText('url.path', `/${nouns[index % nouns.length]}/${index}`),
    ),
    users: Array.from({ length: VALUES_MANY }, (_, index) => spanInt('app.user.id', index * 7919)),
    extras: createExtras(),
    exceptions: Array.from({ length: EXCEPTIONS }, (_, index) => createException(index, random)),
  }
}

function createService(index: number, random: () => number): Service {
  const name = `${nouns[index % nouns.length]}-service`
  const operations = Math.ceil(OPERATIONS_MAX * random())
  return {
    name,
    releases: shares.map((share, age) => {
      const version = `${1 + (index % 3)}.${index + age}.0`
      const instances = Array.from({ length: INSTANCES }, (_, instance) =>
        createResource(name, version, instance),
      )
      return { version, share, instances }
    }),
    operations: Array.from({ length: operations }, (_, nth) => createOperation(nth, random)),
  }
}

function createResource(service: string, version: string, instance: number): Uint8Array {
  const texts = {
    'service.name': service,
    'service.namespace': 'shop',
    'service.version': version,
    'service.instance.id': `${service}-${version}-${instance}`,
    'deployment.environment.name': 'production',
    'host.name': `node-${instance}.internal`,
    'host.arch': 'amd64',
    'os.type': 'linux',
    'process.runtime.name': 'nodejs',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': '2.0.0',
  }
  return message(
    1,
    ...Object.entries(texts).map(([key, value]) => attribute(1, key, text(1, value))),
    attribute(1, 'process.pid', varint(3, 1000 + instance)),
  )
}

function createOperation(nth: number, random: () => number): Operation {
  const noun = nouns[nth % nouns.length]!
  const method = verbs[nth % verbs.length]!
  const isMessage = random() < 0.12
  const status = (code: number) => spanInt('http.response.status_code', code)
  const entry = isMessage
    ? messaging(spanKinds.consumer, 'process', noun)
    : {
        kind: spanKinds.server,
        head: head(spanKinds.server, `${method} /${noun}/{id}/v${nth}`, [
          spanText('http.request.method', method),
          spanText('http.route', `/${noun}/{id}/v${nth}`),
        ]),
        succeeded: status(200),
        failed: status(500),
      }
  const client = {
    kind: spanKinds.client,
    head: head(spanKinds.client, method, [
      spanText('http.request.method', method),
      spanText('server.address', `${noun}.internal`),
    ]),
    succeeded: status(200),
    failed: status(503),
  }
  const line = spanInt('code.line.number', 10 + nth)
  const internal = {
    kind: spanKinds.internal,
    head: head(spanKinds.internal, `${noun}.load`, [
      spanText('code.function.name', `load_${noun}`),
      spanText('thread.name', `worker-${nth % 8}`),
    ]),
    succeeded: line,
    failed: line,
  }
  const producer = messaging(spanKinds.producer, 'publish', noun)
  return {
    medianNs: 2e6 * 25 ** random(), // 2 to 50 ms
    entry,
    steps: [client, internal, client, internal, client, internal, client, producer],
  }
}

function messaging(kind: number, operation: string, noun: string): SpanShape {
  const size = spanInt('messaging.message.body.size', 512)
  return {
    kind,
    head: head(kind, `${operation} ${noun}s`, [
      spanText('messaging.operation.name', operation),
      spanText('messaging.destination.name', `${noun}s`),
    ]),
    succeeded: size,
    failed: size,
  }
}

/** Of a hundred spans one has a nested value, four a double, five a bool, two an empty text. */
function createExtras(): Uint8Array[] {
  const nested = message(5, message(1, text(1, 'first')), message(1, varint(3, 7)))
  return Array.from({ length: 100 }, (_, index) => {
    if (index < 1) return attribute(9, 'app.items', nested)
    if (index < 5) return attribute(9, 'app.amount', double(4, index * 1.25))
    if (index < 10) return attribute(9, 'app.cached', varint(2, index % 2))
    return spanText('network.protocol.version', index < 12 ? '' : '1.1')
  })
}

/** An encoded event without its time: 15 to 40 frames, 1 to 4 KB. */
function createException(index: number, random: () => number): Uint8Array {
  const frames = Array.from(
    { length: 15 + Math.floor(26 * random()) },
    (_, depth) =>
      `    at handle${index}_${depth} (/app/src/${nouns[depth % nouns.length]}/module-${depth}.js:${depth * 7 + 1}:13)`,
  )
  const name = `Error${index % 40}`
  const sentence = `Could not load ${nouns[index % nouns.length]} ${index}`
  return Buffer.concat([
    text(2, 'exception'),
    attribute(3, 'exception.type', text(1, name)),
    attribute(3, 'exception.message', text(1, sentence)),
    attribute(3, 'exception.stacktrace', text(1, `${name}: ${sentence}\n${frames.join('\n')}`)),
  ])
}

const head = (kind: number, name: string, attributes: readonly Uint8Array[]) =>
  Buffer.concat([text(5, name), varint(6, kind), ...attributes])
const spanText = (key: string, value: string) => attribute(9, key, text(1, value))
const spanInt = (key: string, value: number) => attribute(9, key, varint(3, value))
