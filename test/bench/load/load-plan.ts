import { z } from 'zod'

/** What the load process is told, as the one argument it takes. */
export const LoadPlan = z.object({
  url: z.url(),
  /** Requests one after the other, each behind its length in 4 bytes, little-endian. */
  file: z.string(),
  encoding: z.enum(['gzip', 'identity']),
  /** Requests by number; a number beyond the file's last starts again at its first. */
  first: z.int().nonnegative(),
  count: z.int().positive(),
  /** How many wait for an answer at any time. */
  connections: z.int().positive(),
  /** No request begins after this; what is open then still gets its answer. */
  timeoutMs: z.int().positive(),
})
export type LoadPlan = z.output<typeof LoadPlan>

/** What it answers, as one line of JSON. */
export const LoadReport = z.object({
  /** How often each request of the file was acknowledged. */
  acknowledged: z.array(z.int().nonnegative()),
  /** Answers 429 and 503; each request was sent again after the time they named. */
  refused: z.int().nonnegative(),
  /** From the first byte sent to the last answer. */
  elapsedMs: z.number(),
  ackMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
  cpuMs: z.number(),
})
export type LoadReport = z.output<typeof LoadReport>
