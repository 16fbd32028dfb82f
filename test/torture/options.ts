import { parseArgs } from 'node:util'
import { z } from 'zod'

const number = (low: number, high: number) =>
  z
    .string()
    .transform(Number)
    .refine((value) => low <= value && value <= high, `must be a number from ${low} to ${high}`)

/** What follows `npm run torture --`. */
const Options = z.object({
  /** Of the work and of the moments at which something is hurt. */
  seed: number(0, 2 ** 32 - 1).default(1),
  /** Shorter or longer than the full form. Undefined: the full form. */
  minutes: number(0.05, 600).optional(),
  /** How often something is hurt. Undefined: the full form. */
  times: number(1, 1_000_000).optional(),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
})
export type Options = z.output<typeof Options>

/** @throws Error with one sentence for a person */
export function readOptions(args: readonly string[]): {
  names: readonly string[]
  options: Options
} {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: text,
      minutes: text,
      times: text,
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const parsed = Options.safeParse(values)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]! // a failure has an issue
    throw new Error(`--${path.join('.')} ${message}.`)
  }
  return { names: positionals, options: parsed.data }
}
