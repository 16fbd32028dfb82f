import { z } from 'zod'
import type { Clients } from '../clickhouse/connection.ts'
import type { Snapshot } from './snapshot.ts'

const ProjectRow = z.object({
  number: z.int(),
  slug: z.string(),
  name: z.string(),
  createdAt: z.string(),
  deleted: z.boolean(),
})
const KeyRow = z.object({ key: z.string(), keyId: z.int(), projectNumber: z.int() })

/** The present state of projects and keys, and the highest project number that was ever given. */
export async function readControlTables(
  clients: Clients,
): Promise<Snapshot & { highestNumber: number }> {
  const [projects, keys] = await Promise.all([
    readRows(
      clients,
      z.array(ProjectRow),
      `SELECT number, slug, name, formatDateTime(created_at, '%FT%T.000Z', 'UTC') AS createdAt, deleted
       FROM projects FINAL ORDER BY number`,
    ),
    readRows(
      clients,
      z.array(KeyRow),
      `SELECT key, key_id AS keyId, project_number AS projectNumber
       FROM keys FINAL WHERE NOT revoked ORDER BY created_at, key`,
    ),
  ])
  const alive = projects.filter(({ deleted }) => !deleted)
  const numbers = new Set(alive.map(({ number }) => number))
  return {
    projects: alive.map(({ number, slug, name, createdAt }) => ({ number, slug, name, createdAt })),
    keys: keys.filter(({ projectNumber }) => numbers.has(projectNumber)),
    highestNumber: Math.max(0, ...projects.map(({ number }) => number)),
  }
}

type ProjectState = Snapshot['projects'][number] & { deleted: boolean; revision: number }

export async function writeProject({ control }: Clients, project: ProjectState): Promise<void> {
  await control.command({
    query: `INSERT INTO projects VALUES ({number: UInt32}, {slug: String}, {name: String},
      parseDateTime64BestEffort({createdAt: String}, 3, 'UTC'), {deleted: Bool}, {revision: UInt64})`,
    query_params: project,
    clickhouse_settings: { async_insert: 0 },
  })
}

type KeyState = Snapshot['keys'][number] & { createdAt: string; revision: number }

export async function writeKey({ control }: Clients, key: KeyState): Promise<void> {
  await control.command({
    query: `INSERT INTO keys VALUES ({key: String}, {keyId: UInt32}, {projectNumber: UInt32}, '',
      parseDateTime64BestEffort({createdAt: String}, 3, 'UTC'), false, {revision: UInt64})`,
    query_params: key,
    clickhouse_settings: { async_insert: 0 },
  })
}

async function readRows<Rows extends z.ZodType>({ control }: Clients, rows: Rows, query: string) {
  const answer = await control.query({ query, format: 'JSONEachRow' })
  return rows.parse(await answer.json())
}
