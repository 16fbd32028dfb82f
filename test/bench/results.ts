import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Machine } from './machine.ts'
import { Probes } from './probes.ts'

const FILE = fileURLToPath(new URL('results.json', import.meta.url))
const KEPT_MAX = 10

/** What a run says last, on one line. */
export const RunReport = z.object({
  schema: z.literal(2),
  bench: z.string(),
  commit: z.string().optional(),
  dirty: z.boolean().optional(),
  at: z.string(),
  seconds: z.number(),
  machine: Machine,
  probes: Probes,
  params: z.record(z.string(), z.unknown()),
  results: z.array(
    z.object({
      id: z.string(),
      value: z.number(),
      unit: z.string(),
      goal: z.number(),
      floor: z.number(),
      pass: z.boolean(),
      n: z.int(),
      min: z.number(),
      max: z.number(),
    }),
  ),
  control: z.record(z.string(), z.array(z.number())),
  verified: z.boolean(),
  failures: z.array(z.string()),
  cpu_s: z.object({ collector: z.number(), engine: z.number(), generator: z.number() }),
  rss: z.object({ collector: z.number(), engine: z.number() }),
  hist: z.record(z.string(), z.record(z.string(), z.number())),
  details: z.record(z.string(), z.unknown()),
})
export type RunReport = z.output<typeof RunReport>

/** Of each class of machine the newest run, and some before it. */
const Results = z.array(RunReport)

export async function readResults(): Promise<RunReport[]> {
  const text = await readFile(FILE, 'utf8').catch(() => '[]')
  return Results.parse(JSON.parse(text))
}

/** Puts a run before the others of its class. */
export async function saveResult(run: RunReport): Promise<void> {
  const others = await readResults()
  const kept = keepNewest([run, ...others])
  await writeFile(FILE, `[\n${kept.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`)
}

/** @param runs newest first */
export function keepNewest<T extends { machine: Machine }>(runs: readonly T[]): T[] {
  const counts = new Map<string, number>()
  return runs.filter(({ machine }) => {
    const kind = machineClass(machine)
    const before = counts.get(kind) ?? 0
    counts.set(kind, before + 1)
    return before <= KEPT_MAX
  })
}

/** Figures of one class may be compared. */
export const machineClass = ({ cpu, cores, memoryGb }: Machine) =>
  `${cpu}, ${cores} cores, ${memoryGb} GB`
