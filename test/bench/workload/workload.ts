import { z } from 'zod'

/** What a load is made of. The same workload and time give the same bytes. */
export const Workload = z.object({
  kind: z.enum(['traces', 'logs', 'metrics', 'mix']).default('traces'),
  seed: z.int().nonnegative(),
  /** At least this many, up to the end of a request. */
  items: z.int().positive(),
  /** Items of each request; undefined: as SDKs and Collectors send them. */
  requestItems: z.int().positive().optional(),
  services: z.int().positive().default(30),
  /** The largest service's; services have 10 at least. */
  operations: z.int().positive().default(200),
  /** Live ones of each service. */
  versions: z.int().positive().default(3),
  /** Distinct keys of attributes beside the usual ones. */
  keys: z.int().nonnegative().default(0),
})
export type Workload = z.output<typeof Workload>
