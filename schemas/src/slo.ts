import { z } from 'zod'

/** Name of an objective, also in addresses. */
export const SloId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'an id is a-z, 0-9 and -, at most 63 characters, and starts with a letter or digit',
  )

/** What counts as bad: a failed request, or one slower than the threshold. */
export const Sli = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('availability') }),
    z.strictObject({
      kind: z.literal('latency'),
      thresholdMs: z.number().min(0.001).max(86_400_000),
    }),
  ],
  { error: 'kind is availability or latency' },
)
export type Sli = z.output<typeof Sli>

/** What is promised of a service: so many of its requests are good, over the period. */
export const SloDefinition = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(2000).optional(),
  service: z.string().min(1).max(200),
  environment: z.string().min(1).max(200).default('production'),
  /** As the release page names them; without them all requests count. */
  operations: z.array(z.string().min(1).max(400)).min(1).max(100).optional(),
  sli: Sli,
  /** Share of good requests: 0.999 is 99.9 %. */
  target: z
    .number()
    .gt(0, 'a target is a share: 0.999 is 99.9 %')
    .lt(1, 'a target is a share below 1: 0.999 is 99.9 %, and a budget of nothing cannot be spent'),
  periodDays: z.int().min(7).max(90).default(30),
})
export type SloDefinition = z.output<typeof SloDefinition>

/** A file of objectives, as it lies in a repository: YAML or JSON. */
export const SloFile = z.strictObject({
  slos: z
    .array(SloDefinition.extend({ id: SloId }))
    .min(1)
    .max(500)
    .superRefine((slos, context) => {
      const places = new Map<string, number>()
      for (const [place, { id }] of slos.entries()) {
        const first = places.get(id)
        if (first === undefined) places.set(id, place)
        else {
          const message = `slos.${first} has the id ${id} already`
          context.addIssue({ code: 'custom', path: [place, 'id'], message })
        }
      }
    }),
})
export type SloFile = z.output<typeof SloFile>
