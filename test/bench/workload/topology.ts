import { attribute, message, text, varint } from '../../../packages/otlp/test/encode.ts'
import { pickEarly } from './draw.ts'
import { attributesOf, type Attribute } from './pieces.ts'
import type { Workload } from './workload.ts'

/** What the fleet that sends looks like: fixed by the random sequence, encoded once, sent often. */
export interface Topology {
  services: readonly Service[]
  /** Attributes that every kind of span has, each with 10,000 values. */
  paths: readonly Attribute[]
  users: readonly Attribute[]
  /** One attribute of changing type, in the shares that a fleet has. */
  extras: readonly Attribute[]
  /** Takes the place of an extra once in a while: 16 KB. */
  huge: Attribute
  /** Encoded events without their times. */
  exceptions: readonly Uint8Array[]
  otherEvents: readonly Uint8Array[]
}

export interface Service {
  name: string
  releases: readonly Release[]
  /** Appears when half of the work is done. */
  arriving: Release | undefined
  /** How many; `operation` makes the nth. */
  operations: number
  operation: (nth: number) => Operation
}

export interface Release {
  version: string
  share: number
  instances: readonly Resource[]
  /** A bad one: its first operation fails more often, its first two are slower. */
  isBad: boolean
}

export interface Resource {
  attributes: readonly Attribute[]
  /** Encoded: 12 attributes for spans and points, 8 for logs. */
  bytes: Uint8Array
  logBytes: Uint8Array
}

/** Attributes of a resource that logs carry, too. */
export const LOG_RESOURCE_ATTRIBUTES = 8

/** One thing a service does, as spans of each kind that is part of it. */
export interface Operation {
  nth: number
  medianNs: number
  entry: SpanShape
  steps: readonly SpanShape[]
}

/** The part of a span that all spans of an operation have in common. */
export interface SpanShape {
  /** OTLP's number of the kind. */
  kind: number
  name: string
  /** Encoded name and kind. */
  head: Uint8Array
  attributes: readonly Attribute[]
  /** One attribute each: its value tells success from failure where the protocol has a status. */
  succeeded: Attribute
  failed: Attribute
}

export const spanKinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

const OPERATIONS_MIN = 10
const INSTANCES = 200
const VALUES_MANY = 10_000
const EXCEPTIONS = 300
const HUGE_BYTES = 16_384

const nouns =
  'cart order price stock user mail invoice städte search review image coupon address token report'.split(
    ' ',
  )
const verbs = ['GET', 'POST', 'PUT', 'DELETE']
const on = attributesOf(9)

export function createTopology(random: () => number, workload: Workload): Topology {
  return {
    services: Array.from({ length: workload.services }, (_, index) =>
      createService(index, random, workload),
    ),
    paths: Array.from({ length: VALUES_MANY }, (_, index) =>
      on.text('url.path', `/${nouns[index % nouns.length]}/${index}`),
    ),
    users: Array.from({ length: VALUES_MANY }, (_, index) => on.int('app.user.id', index * 7919)),
    extras: workload.keys > 0 ? keyedExtras(workload.keys) : createExtras(),
    huge: on.text('app.payload', 'payload line 0123456789 abcdef; '.repeat(HUGE_BYTES / 32)),
    exceptions: Array.from({ length: EXCEPTIONS }, (_, index) => createException(index, random)),
    otherEvents: ['cache.miss', 'retry', 'queue.wait'].map((name) =>
      Buffer.concat([text(2, name), attribute(3, 'app.attempt', varint(3, 1))]),
    ),
  }
}

function createService(index: number, random: () => number, workload: Workload): Service {
  const noun = nouns[index % nouns.length]!
  const round = Math.floor(index / nouns.length)
  const name = round === 0 ? `${noun}-service` : `${noun}-${round}-service`
  const perRelease = Math.max(
    1,
    Math.round(INSTANCES / workload.services / Math.min(3, workload.versions)),
  )
  const environment = index % 7 === 6 ? 'staging' : 'production'
  const release = (age: number, share: number): Release => {
    const version = `${1 + (index % 3)}.${index + age}.0`
    const instances = Array.from({ length: perRelease }, (_, instance) =>
      createResource({ name, version, environment, instance }),
    )
    return { version, share, instances, isBad: index === 1 && age === 0 }
  }
  const operations = new Map<number, Operation>()
  return {
    name,
    releases: sharesOf(workload.versions).map((share, age) => release(age, share)),
    arriving: index === 2 ? release(workload.versions, 1) : undefined,
    operations: countOperations(index, workload.operations),
    operation(nth) {
      let operation = operations.get(nth)
      if (operation === undefined) {
        operation = createOperation(nth, random)
        operations.set(nth, operation)
      }
      return operation
    },
  }
}

/** Zipf with exponent 1.1 between the largest service's and the least. */
function countOperations(index: number, most: number): number {
  return Math.max(Math.min(OPERATIONS_MIN, most), Math.round(most / (index + 1) ** 1.1))
}

/** Of what a service serves: retiring, serving, arriving; what more there is shares a tenth. */
function sharesOf(versions: number): number[] {
  if (versions === 1) return [1]
  if (versions === 2) return [0.2, 0.8]
  const usual = [0.18, 0.8, 0.02]
  const more = versions - usual.length
  if (more === 0) return usual
  return [...usual.map((share) => share * 0.9), ...Array.from({ length: more }, () => 0.1 / more)]
}

type ResourceFacts = { name: string; version: string; environment: string; instance: number }

function createResource({ name, version, environment, instance }: ResourceFacts): Resource {
  const of = attributesOf(1)
  const attributes = [
    of.text('service.name', name),
    of.text('service.version', version),
    of.text('service.instance.id', `${name}-${version}-${instance}`),
    of.text('deployment.environment.name', environment),
    of.text('host.name', `node-${instance}.internal`),
    of.text('telemetry.sdk.language', 'nodejs'),
    of.int('process.pid', 1000 + instance),
    of.text('telemetry.sdk.version', '2.0.0'),
    of.text('os.type', 'linux'),
    of.int('process.parent_pid', 1),
    of.int('host.cpu.count', 8),
    of.bool('app.canary', false),
  ]
  const encode = (some: readonly Attribute[]) => message(1, ...some.map(({ bytes }) => bytes))
  return {
    attributes,
    bytes: encode(attributes),
    logBytes: encode(attributes.slice(0, LOG_RESOURCE_ATTRIBUTES)),
  }
}

function createOperation(nth: number, random: () => number): Operation {
  const noun = nouns[nth % nouns.length]!
  const method = verbs[nth % verbs.length]!
  const isMessage = random() < 0.12
  const status = (code: number) => on.int('http.response.status_code', code)
  const route = `/${noun}/{id}/v${nth}`
  const entry: SpanShape = isMessage
    ? messaging(spanKinds.consumer, 'process', noun)
    : {
        ...head(spanKinds.server, `${method} ${route}`),
        attributes: [on.text('http.request.method', method), on.text('http.route', route)],
        succeeded: status(200),
        failed: status(500),
      }
  const client: SpanShape = {
    ...head(spanKinds.client, method),
    attributes: [
      on.text('http.request.method', method),
      on.text('server.address', `${noun}.internal`),
    ],
    succeeded: status(200),
    failed: status(503),
  }
  const line = on.int('code.line.number', 10 + nth)
  const internal: SpanShape = {
    ...head(spanKinds.internal, `${noun}.load`),
    attributes: [
      on.text('code.function.name', `load_${noun}`),
      on.text('thread.name', `worker-${nth % 8}`),
    ],
    succeeded: line,
    failed: line,
  }
  return {
    nth,
    medianNs: 2e6 * 25 ** random(), // 2 to 50 ms
    entry,
    steps: [
      client,
      internal,
      client,
      internal,
      client,
      internal,
      client,
      messaging(spanKinds.producer, 'publish', noun),
    ],
  }
}

function messaging(kind: number, operation: string, noun: string): SpanShape {
  const size = on.int('messaging.message.body.size', 512)
  return {
    ...head(kind, `${operation} ${noun}s`),
    attributes: [
      on.text('messaging.operation.name', operation),
      on.text('messaging.destination.name', `${noun}s`),
    ],
    succeeded: size,
    failed: size,
  }
}

/** Of a hundred: seven nested, forty doubles, fifteen bools, twenty ints, the rest text. */
function createExtras(): Attribute[] {
  return Array.from({ length: 100 }, (_, index) => {
    if (index < 7) return on.list('app.items', 'first', index)
    if (index < 47) return on.double('app.amount', index * 1.25)
    if (index < 62) return on.bool('app.cached', index % 2 === 0)
    if (index < 82) return on.int('app.retries', Math.max(0, index - 75))
    if (index < 90) return on.text('network.protocol.version', '')
    return on.text('app.region', index < 97 ? 'größe-東京' : 'eu-central-1')
  })
}

function keyedExtras(keys: number): Attribute[] {
  return Array.from({ length: keys }, (_, index) => on.text(`app.key.k${index}`, `v${index % 50}`))
}

const languages = [
  (at: string, depth: number) => `    at ${at} (/app/src/module-${depth}.js:${depth * 7 + 1}:13)`,
  (at: string, depth: number) => `\tat com.shop.Module${depth}.${at}(Module${depth}.java:${depth})`,
  (at: string, depth: number) => `  File "/app/module_${depth}.py", line ${depth * 3}, in ${at}`,
] as const

/** An encoded event without its time: 15 to 40 frames in one of three languages. */
function createException(index: number, random: () => number): Uint8Array {
  const frame = languages[index % languages.length]!
  const frames = Array.from({ length: 15 + Math.floor(26 * random()) }, (_, depth) =>
    frame(`handle${index}_${depth}_${pickEarly(random, nouns)}_of_the_shop`, depth),
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

const head = (kind: number, name: string) => ({
  kind,
  name,
  head: Buffer.concat([text(5, name), varint(6, kind)]),
})
