import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { z } from 'zod'
import { until } from '../harness/until.ts'
import { childrenOf, spawnCollector, type Life } from './spawn.ts'

export interface Project {
  database: string
  key: string
}

/** A collector that is going to be hurt, on a directory and ports that stay its own. */
export interface Victim extends AsyncDisposable {
  readonly dataDir: string
  readonly ingest: string
  /** Address of OTLP over gRPC. */
  readonly grpc: string
  readonly app: string
  readonly projects: readonly Project[]
  readonly life: Life
  /** Starts it on the same directory and ports; does not wait for anything. */
  start(environment?: Record<string, string>): void
  /** Its engine, where one runs at the moment. */
  enginePid(): number | undefined
  /** Resolves once it has all its parts: the engine answers and the tables are there. */
  ready(timeoutMs?: number): Promise<void>
  /** Resolves once requests are taken, whether the engine answers or not. */
  taking(timeoutMs?: number): Promise<void>
  /** Resolves once nothing that was acknowledged waits in the journal any more. */
  quiet(timeoutMs?: number): Promise<void>
  status(): Promise<Status | undefined>
  api(path: string, init?: RequestInit): Promise<Response>
}

const Status = z.object({
  data: z.object({
    problems: z.array(z.object({ code: z.string() })),
    journal: z.object({ bytes: z.number(), oldestSeconds: z.number() }),
    lagSeconds: z.number(),
    engine: z.object({ up: z.boolean(), restarts: z.number() }),
  }),
})
type Status = z.output<typeof Status>['data']

const QUIET_LOOKS = 3

type Options = {
  environment?: Record<string, string>
  /** Further projects beside `default`. */
  projects?: readonly string[]
  /** Put before the program: to start it in a namespace, say. */
  command?: readonly string[]
  dataDir?: string
}

export async function openVictim({
  environment = {},
  projects: slugs = [],
  command = [],
  dataDir: givenDir,
}: Options = {}): Promise<Victim> {
  const dataDir = givenDir ?? (await mkdtemp(join(tmpdir(), 'aftermath-torture-')))
  const [ingestPort, appPort, grpcPort] = await freePorts(3)
  const fixed = {
    AFTERMATH_DATA_DIR: dataDir,
    AFTERMATH_INGEST_PORT: String(ingestPort),
    AFTERMATH_APP_PORT: String(appPort),
    AFTERMATH_OPEN_INGEST: 'never',
    AFTERMATH_GRPC_PORT: String(grpcPort),
    ...environment,
  }
  let life = spawnCollector(fixed, command)
  const secret = async (name: string) => (await readFile(join(dataDir, name), 'utf8')).trim()
  const app = `http://127.0.0.1:${appPort}`
  const projects: Project[] = []

  const victim: Victim = {
    dataDir,
    ingest: `http://127.0.0.1:${ingestPort}`,
    grpc: `127.0.0.1:${grpcPort}`,
    app,
    projects,
    get life() {
      return life
    },
    start(more = {}) {
      life = spawnCollector({ ...fixed, ...more }, command)
    },
    enginePid: () => childrenOf(life.pid)[0],
    async ready(timeoutMs = 120_000) {
      await until(
        'the collector is ready',
        async () => {
          if (life.hasEnded) throw new Error(`The collector ended: ${life.output()}`)
          const text = await readFile(join(dataDir, 'run.json'), 'utf8').catch(() => '')
          return text.includes(`"collector": ${life.pid}`) ? true : undefined
        },
        timeoutMs,
      )
    },
    async taking(timeoutMs = 120_000) {
      await until(
        'requests are taken',
        async () => {
          if (life.hasEnded) throw new Error(`The collector ended: ${life.output()}`)
          const answer = await fetch(`${app}/readyz`).catch(() => undefined)
          return answer?.status === 200 ? true : undefined
        },
        timeoutMs,
      )
    },
    async quiet(timeoutMs = 120_000) {
      // A request of this very millisecond has no age either: so it is asked more than once.
      let quietLooks = 0
      await until(
        'all that was acknowledged is stored',
        async () => {
          if (life.hasEnded) throw new Error(`The collector ended: ${life.output()}`)
          const status = await victim.status()
          quietLooks = status?.lagSeconds === 0 ? quietLooks + 1 : 0
          return quietLooks >= QUIET_LOOKS ? true : undefined
        },
        timeoutMs,
      )
    },
    async status() {
      try {
        const answer = await victim.api('/api/v1/status')
        return Status.parse(await answer.json()).data
      } catch {
        return undefined // not yet, or not any more
      }
    },
    async api(path, init = {}) {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${await secret('admin-token')}`)
      headers.set('content-type', 'application/json')
      const limit = AbortSignal.timeout(30_000)
      return fetch(`${app}${path}`, { signal: limit, ...init, headers })
    },
    async [Symbol.asyncDispose]() {
      await life.end('SIGTERM')
      if (givenDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }

  await victim.ready()
  projects.push({ database: 'aftermath_default', key: await secret('ingest-key') })
  for (const slug of slugs) {
    const answer = await victim.api('/api/v1/projects', {
      method: 'POST',
      body: JSON.stringify({ slug }),
    })
    if (!answer.ok) throw new Error(`No project ${slug}: ${await answer.text()}`)
    const { data } = Created.parse(await answer.json())
    projects.push({ database: `aftermath_${slug}`, key: data.ingestKey })
  }
  return victim
}

const Created = z.object({ data: z.object({ ingestKey: z.string() }) })

/** Free now, and nobody else's until they are bound: all are held at once. */
async function freePorts(count: number): Promise<number[]> {
  await using servers = new AsyncDisposableStack()
  const ports: number[] = []
  for (let nth = 0; nth < count; nth++) {
    const server = servers.use(createServer())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.push((server.address() as AddressInfo).port) // a TCP server that listens has one
  }
  return ports
}
