import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'
import type { Config } from '../config.ts'
import { aborted } from '../delay.ts'
import { readControlTables, writeKey, writeProject } from './control-tables.ts'
import { openLogins, type Logins } from './logins.ts'
import { openSecretFile } from './secret-file.ts'
import { readSnapshot, writeSnapshot, type Snapshot } from './snapshot.ts'

export type Project = Snapshot['projects'][number]
export type KeyOutcome =
  | { outcome: 'known'; keyId: number; project: Project }
  | { outcome: 'unknown' }
  /** The keys are not loaded yet: the sender shall try again, this is no refusal. */
  | { outcome: 'not_loaded' }

/**
 * Projects, ingest keys, the admin token and logins.
 *
 * Invariant: what intake asks is answered from memory, without ClickHouse. What a person changes is in
 * ClickHouse before the answer, then in the snapshot.
 */
export interface Control extends AsyncDisposable {
  readonly ingestKey: string
  readonly adminToken: string
  /** The secrets were made by this start: show them once. */
  readonly isFirstStart: boolean
  readonly logins: Logins
  findKey(key: string): KeyOutcome
  /** Whom a request without a key belongs to, where those are taken. */
  keyless(): KeyOutcome
  projects(): readonly Project[]
  projectOf(slug: string): Project | undefined
  /** Undefined once the project was deleted. */
  databaseByNumber: (number: number) => string | undefined
  keyOf(project: Project): string
  /** @returns undefined when the slug is taken */
  createProject(slug: string, name: string): Promise<Project | undefined>
  /** Drops its database. @returns false when there is none, or it is `default` */
  deleteProject(slug: string): Promise<boolean>
  /**
   * Resolves once the truth is loaded from ClickHouse and every project is migrated.
   * @throws what keeps ClickHouse from being used, when a person has to act
   */
  ready: (signal: AbortSignal) => Promise<void>
}

const DEFAULT_PROJECT = { number: 1, slug: 'default', name: 'Default' }

export const databaseOf = (project: Pick<Project, 'slug'>) => `aftermath_${project.slug}`

type Deps = { config: Config; clickhouse: ClickHouse; log: Logger; now: () => number }

export async function openControl({ config, clickhouse, log, now }: Deps): Promise<Control> {
  const inDataDir = (name: string) => join(config.dataDir, name)
  const isFirstStart = !existsSync(inDataDir('admin-token'))
  const ingestKey = await openSecretFile({
    path: inDataDir('ingest-key'),
    given: config.ingestKey,
    generate: () => randomBytes(16).toString('hex'),
  })
  const adminToken = await openSecretFile({
    path: inDataDir('admin-token'),
    given: config.adminToken,
    generate: () => randomBytes(32).toString('base64url'),
  })
  const snapshotPath = inDataDir('control.json')
  const createdAt = new Date(now()).toISOString()
  let loaded = false
  let state = withDefaults(
    (await readSnapshot(snapshotPath)) ?? { projects: [], keys: [] },
    ingestKey,
    createdAt,
  )

  const closing = new AbortController()
  const prepared = clickhouse.ready(closing.signal).then(load)
  prepared.catch(() => {}) // whoever awaits `ready` hears of it

  const projectByNumber = (number: number) => state.projects.find((one) => one.number === number)
  const projectOf = (slug: string) => state.projects.find((one) => one.slug === slug)

  async function change(next: Snapshot): Promise<void> {
    state = next
    await writeSnapshot(snapshotPath, next)
  }

  return {
    ingestKey,
    adminToken,
    isFirstStart,
    logins: openLogins({ clickhouse, adminToken, now }),
    findKey(key) {
      const found = state.keys.find((one) => one.key === key)
      const project = found && projectByNumber(found.projectNumber)
      if (found === undefined || project === undefined) {
        return { outcome: loaded ? 'unknown' : 'not_loaded' }
      }
      return { outcome: 'known', keyId: found.keyId, project }
    },
    keyless: () => ({ outcome: 'known', keyId: 0, project: projectByNumber(1)! }), // withDefaults put it there
    projects: () => state.projects,
    projectOf,
    databaseByNumber(number) {
      const project = projectByNumber(number)
      return project && databaseOf(project)
    },
    keyOf: (project) => state.keys.findLast((one) => one.projectNumber === project.number)!.key, // each project is made with one
    async createProject(slug, name) {
      if (projectOf(slug) !== undefined) return undefined
      const number = await nextNumber()
      const project = { number, slug, name, createdAt: new Date(now()).toISOString() }
      const key = { key: randomBytes(16).toString('hex'), keyId: number, projectNumber: number }
      await clickhouse.migrateProject(databaseOf(project))
      await writeProject(clickhouse.clients, { ...project, deleted: false, revision: now() })
      await writeKey(clickhouse.clients, { ...key, createdAt: project.createdAt, revision: now() })
      await change({ projects: [...state.projects, project], keys: [...state.keys, key] })
      log.info({ project: slug, number }, 'Project created')
      return project
    },
    async deleteProject(slug) {
      const project = projectOf(slug)
      if (project === undefined || project.number === DEFAULT_PROJECT.number) return false
      await change({
        projects: state.projects.filter((one) => one !== project),
        keys: state.keys.filter((one) => one.projectNumber !== project.number),
      })
      await writeProject(clickhouse.clients, { ...project, deleted: true, revision: now() })
      const database = databaseOf(project)
      await clickhouse.clients.bare.command({ query: `DROP DATABASE IF EXISTS ${database} SYNC` })
      await clickhouse.clients.bare.command({
        query: 'DELETE FROM aftermath.migrations WHERE database = {database: String}',
        query_params: { database },
      })
      log.info({ project: slug }, 'Project deleted')
      return true
    },
    ready: (signal) => Promise.race([prepared, aborted(signal)]),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await prepared.catch(() => {})
    },
  }

  async function load(): Promise<void> {
    const tables = await readControlTables(clickhouse.clients)
    const next = withDefaults(tables, ingestKey, createdAt)
    for (const project of next.projects) {
      await clickhouse.migrateProject(databaseOf(project))
      if (!tables.projects.some(({ number }) => number === project.number)) {
        await writeProject(clickhouse.clients, { ...project, deleted: false, revision: now() })
      }
    }
    for (const key of next.keys) {
      if (!tables.keys.some((one) => one.key === key.key)) {
        await writeKey(clickhouse.clients, { ...key, createdAt, revision: now() })
      }
    }
    await change(next)
    loaded = true
  }

  /** Numbers are never used twice: a deleted project's journal records must not reach its successor. */
  async function nextNumber(): Promise<number> {
    const { highestNumber } = await readControlTables(clickhouse.clients)
    return Math.max(highestNumber, ...state.projects.map(({ number }) => number)) + 1
  }
}

function withDefaults(
  { projects, keys }: Snapshot,
  ingestKey: string,
  createdAt: string,
): Snapshot {
  const hasDefault = projects.some(({ number }) => number === DEFAULT_PROJECT.number)
  const hasKey = keys.some(({ key }) => key === ingestKey)
  return {
    projects: hasDefault ? projects : [{ ...DEFAULT_PROJECT, createdAt }, ...projects],
    keys: hasKey ? keys : [...keys, { key: ingestKey, keyId: 1, projectNumber: 1 }],
  }
}
