import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { z } from 'zod'
import { fault } from '../fault.ts'
import type { Clients } from './connection.ts'

/** The database was written by a newer program, or a released migration was edited. */
export class MigrationRefused extends Error {}

export interface Migration {
  name: string
  sql: string
  checksum: string
}

/** `control`: database `aftermath`. `project`: a database of its own per project. */
export type MigrationSet = 'control' | 'project'

/** The set's `.sql` files in order of their numbers. */
export async function readMigrations(set: MigrationSet): Promise<Migration[]> {
  const folder = new URL(`../../../schemas/clickhouse/${set}/`, import.meta.url)
  const names = (await readdir(folder))
    .filter((name) => /^\d{4}-[\w-]+\.sql$/.test(name))
    .toSorted()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** Makes the record of what was applied; safe to call at every start. */
export async function prepareMigrations({ bare }: Clients): Promise<void> {
  await bare.command({ query: 'CREATE DATABASE IF NOT EXISTS aftermath ENGINE = Atomic' })
  await bare.command({
    query: `CREATE TABLE IF NOT EXISTS aftermath.migrations
      (database String, name String, checksum String, program String, applied_at DateTime64(3, 'UTC'))
      ENGINE = MergeTree ORDER BY (database, name)
      SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  })
}

type MigrateInput = {
  clients: Clients
  database: string
  migrations: readonly Migration[]
  /** Version of this program, recorded beside each migration. */
  program: string
}

/**
 * Brings a database up to date: creates it, applies what is missing in order, records each with its
 * checksum. Statements are idempotent, so a crash between a statement and its record does no harm.
 *
 * @returns names that were applied now
 * @throws MigrationRefused before the first statement, when the record does not fit the files
 */
export async function migrate({ clients, database, migrations, program }: MigrateInput) {
  const applied = await readApplied(clients, database)
  const refusal = refusalOf(database, migrations, applied)
  if (refusal !== undefined) throw new MigrationRefused(refusal)

  const missing = migrations.filter(({ name }) => !applied.has(name))
  if (missing.length === 0) return []
  await clients.bare.command({ query: `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic` })
  const release = await readServerRelease(clients)
  for (const migration of missing) {
    for (const query of statementsOf(migration.sql, release)) {
      await fault('migrate.statement')
      await clients.of(database).command({ query })
    }
    await clients.bare.command({
      query: `INSERT INTO aftermath.migrations VALUES
        ({database: String}, {name: String}, {checksum: String}, {program: String}, now64(3))`,
      query_params: { database, name: migration.name, checksum: migration.checksum, program },
    })
  }
  return missing.map(({ name }) => name)
}

/** Why the record does not fit this program's files, in a sentence with the way out. */
export function refusalOf(
  database: string,
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): string | undefined {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  for (const [name, checksum] of applied) {
    const ours = known.get(name)
    if (ours === undefined) {
      return `Database ${database} was written by a newer Aftermath (it has the migration ${name}): start that version or newer.`
    }
    if (ours !== checksum) {
      return `Migration ${name} of database ${database} is not the one that was applied: restore the released file.`
    }
  }
  return undefined
}

/**
 * The statements of a migration for a server. Lines between `-- {from 26.2}` (or `-- {below 26.2}`)
 * and `-- {end}` are for servers of that release on (or before it); a statement ends with `;` at the
 * end of a line.
 */
export function statementsOf(
  sql: string,
  release: readonly [major: number, minor: number],
): string[] {
  const lines = []
  let wanted = true
  for (const line of sql.split('\n')) {
    const mark = /^\s*-- \{(?:(from|below) (\d+)\.(\d+)|end)\}\s*$/.exec(line)
    if (mark === null) {
      if (wanted) lines.push(line)
    } else {
      const [, side, major, minor] = mark
      const reached =
        release[0] > Number(major) || (release[0] === Number(major) && release[1] >= Number(minor))
      wanted = side === undefined || (side === 'from' ? reached : !reached)
    }
  }
  return lines
    .join('\n')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim() !== '')
}

const Applied = z.array(z.object({ name: z.string(), checksum: z.string() }))

async function readApplied({ bare }: Clients, database: string) {
  const answer = await bare.query({
    query: 'SELECT name, checksum FROM aftermath.migrations WHERE database = {database: String}',
    query_params: { database },
    format: 'JSONEachRow',
  })
  return new Map(Applied.parse(await answer.json()).map(({ name, checksum }) => [name, checksum]))
}

async function readServerRelease({ bare }: Clients): Promise<[number, number]> {
  const answer = await bare.query({ query: 'SELECT version()', format: 'TabSeparated' })
  const [major, minor] = (await answer.text()).trim().split('.').map(Number)
  return [major ?? 0, minor ?? 0]
}
