import { parseArgs } from 'node:util'
import { z } from 'zod'

const ranged = (isFit: (value: number) => boolean, words: string) =>
  z.string().transform(Number).refine(isFit, `must be ${words}`)
const between = (low: number, high: number) =>
  ranged((value) => low <= value && value <= high, `a number from ${low} to ${high}`)
const whole = (low: number, high: number) =>
  ranged(
    (value) => Number.isInteger(value) && low <= value && value <= high,
    `a whole number from ${low} to ${high}`,
  )

/** What follows `npm run bench --`. */
export const Options = z.object({
  scale: between(0.01, 10).default(1),
  pairs: whole(1, 20).optional(),
  seed: whole(0, 2 ** 32 - 1).default(1),
  connections: whole(1, 256).default(16),
  encoding: z.enum(['gzip', 'identity'], 'must be gzip or identity').optional(),
  quick: z.boolean().default(false),
  save: z.boolean().default(false),
  help: z.boolean().default(false),
})
export type Options = z.output<typeof Options>

/** @throws Error with one sentence for a person */
export function readOptions(args: readonly string[]): {
  what: string | undefined
  options: Options
} {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scale: text,
      pairs: text,
      seed: text,
      connections: text,
      encoding: text,
      quick: { type: 'boolean' },
      save: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (positionals.length > 1) throw new Error(`One at a time: ${positionals.join(', ')}.`)
  const parsed = Options.safeParse(values)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]! // a failure has an issue
    throw new Error(`--${path.join('.')} ${message}.`)
  }
  return { what: positionals[0], options: parsed.data }
}
