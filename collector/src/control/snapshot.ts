import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeSecretFile } from './secret-file.ts'

/** What intake must know of the control plane while ClickHouse is away. */
export const Snapshot = z.object({
  projects: z.array(
    z.object({
      number: z.int().positive(),
      slug: z.string(),
      name: z.string(),
      createdAt: z.string(),
    }),
  ),
  keys: z.array(z.object({ key: z.string(), keyId: z.int(), projectNumber: z.int() })),
})
export type Snapshot = z.output<typeof Snapshot>

/** Undefined when there is none, or none that this program understands: ClickHouse has the truth. */
export async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  try {
    const parsed = Snapshot.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

export function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  return writeSecretFile(path, JSON.stringify(snapshot))
}
