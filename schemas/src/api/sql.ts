import { z } from 'zod'

/** POST /api/v1/sql?project= */
export const SqlRequest = z.strictObject({ query: z.string().min(1).max(100_000) })

export const SqlAnswer = z.object({
  data: z.array(z.array(z.unknown())),
  meta: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.number(),
    rowsRead: z.number(),
    truncated: z.boolean(),
    elapsedMs: z.number(),
  }),
})
export type SqlAnswer = z.output<typeof SqlAnswer>
