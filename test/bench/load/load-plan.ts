import { z } from 'zod'

const shared = {
  protocol: z.enum(['http', 'grpc']).default('http'),
  /** Of the collector; of gRPC `http://host:port`, too. */
  url: z.url(),
  /** Where the files of the requests are. */
  dir: z.string(),
  encoding: z.enum(['gzip', 'identity', 'zstd']),
  /** Each request gets the time of now and ids of its own before it is sent: uncompressed ones only. */
  isPatched: z.boolean().default(false),
  /** Requests by number; a number beyond the file's last starts again at its first. */
  first: z.int().nonnegative(),
  connections: z.int().positive(),
  /** Kept open beside them, without a request. */
  idleConnections: z.int().nonnegative().default(0),
}

/** What the load process is told, as the one argument it takes. */
export const LoadPlan = z.discriminatedUnion('loop', [
  z.object({
    ...shared,
    /** Each connection waits for its answer before it sends again; what is refused is sent again. */
    loop: z.literal('closed'),
    count: z.int().positive(),
    /** No request begins after this; what is open then still gets its answer. */
    timeoutMs: z.int().positive(),
  }),
  z.object({
    ...shared,
    /** Each request has a time at which it is due, whatever became of those before. */
    loop: z.literal('open'),
    itemsPerSecond: z.number().positive(),
    seconds: z.number().positive(),
    /** What has no answer so long after the last one was due counts with its age. */
    graceMs: z.int().positive().default(10_000),
  }),
])
export type LoadPlan = z.output<typeof LoadPlan>
export type LoadInput = z.input<typeof LoadPlan>

/** What it answers, as one line of JSON. */
export const LoadReport = z.object({
  /** Numbers of the requests that were acknowledged. */
  acknowledged: z.array(z.int().nonnegative()),
  /** Of those without an answer: stored wholly or not at all. */
  unknown: z.array(z.int().nonnegative()),
  /** The first number that was not used. */
  next: z.int(),
  /** Answers 429 and 503. */
  refused: z.int().nonnegative(),
  /** When the refusals came, in ms after the start. */
  refusedAtMs: z.array(z.number()),
  /** Wall clock, in ms since 1970. */
  startedAtMs: z.number(),
  /** From the first byte sent to the last answer. */
  elapsedMs: z.number(),
  /** Of each acknowledged request, and of each without an answer its age. Open loop: since it was due. */
  latenciesMs: z.array(z.number()),
  /** How late requests were sent though a connection was free: above a few ms the load itself is at fault. */
  lagMsP99: z.number(),
  cpuMs: z.number(),
})
export type LoadReport = z.output<typeof LoadReport>
