import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countRows } from '@aftermath/otlp/check'
import { listenApp, listenGrpc, listenIngest } from './api/api.ts'
import { startClickHouse } from './clickhouse/clickhouse.ts'
import { readConfig, type Config } from './config.ts'
import { databaseOf, openControl } from './control/control.ts'
import { announce, explain } from './console.ts'
import { armFaults } from './fault.ts'
import { startJobs } from './jobs/jobs.ts'
import { openJournal } from './journal/journal.ts'
import { createLogger } from './log.ts'
import { healthHandler, isReady } from './observe/health.ts'
import { openMetrics } from './observe/metrics.ts'
import { openStatus, watchFigures } from './observe/status.ts'
import { startTracing } from './observe/tracing.ts'
import { watchPressure } from './pressure.ts'
import { openAttempts, openReceiver } from './receive/receive.ts'
import { openRunFile } from './run-file.ts'
import { shutdownSignal } from './shutdown.ts'
import { startStore } from './store/store.ts'

/** EX_SOFTWARE of sysexits.h. */
const EXIT_BUG = 70

/** The whole program. Opening order is dependency order; everything closes in reverse. */
async function run(config: Config): Promise<void> {
  const shutdown = shutdownSignal()
  const log = createLogger(config)
  const now = Date.now
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'A bug: the program ends, the journal keeps what was acknowledged')
    process.exit(EXIT_BUG)
  })
  armFaults(config.faults)
  for (const notice of config.notices) log.warn({}, notice)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })

  await using _tracing = startTracing(process.env, config.version, [
    config.ingestPort,
    config.grpcPort,
    config.appPort,
  ])
  const metrics = openMetrics(config.version)
  using pressure = watchPressure({ log, metrics })
  // The lock comes first: a second collector on the directory must not even touch the engine.
  await using journal = await openJournal({
    dir: join(config.dataDir, 'journal'),
    log,
    now,
    countRows,
    limits: { journalBytesMax: config.journalBytesMax },
    onSync: (durationMs) => metrics.journalSyncSeconds.observe(durationMs / 1000),
  })
  await using runFile = await openRunFile(config.dataDir) // ours to remove: the lock is held
  await using clickhouse = await startClickHouse({ config, log }) // intake does not wait for it
  await using control = await openControl({ config, clickhouse, log, now })
  await using store = startStore({
    journal,
    clients: clickhouse.clients,
    ready: control.ready,
    databaseOf: control.databaseByNumber,
    databases: () => control.projects().map(databaseOf),
    onUp: clickhouse.onUp,
    engineCrashes: () => clickhouse.facts().crashes,
    metrics,
    now,
    log,
  })
  await using jobs = startJobs({
    clickhouse,
    control,
    journal,
    store,
    pressure,
    metrics,
    log,
    now,
  })

  const attempts = openAttempts(now)
  await using receiver = openReceiver({
    config,
    control,
    journal,
    pressure,
    attempts,
    metrics,
    log,
    now,
  })
  const stopping = () => shutdown.aborted
  const status = openStatus({
    config,
    clickhouse,
    journal,
    store,
    jobs,
    shed: pressure.givenUp,
    metrics,
    now,
    stopping,
  })
  watchFigures(metrics, { clickhouse, journal, store, status })
  const handleHealth = healthHandler({ config, control, metrics, problems: status.problems })
  await using ingest = await listenIngest({ config, receiver, metrics, handleHealth })
  await using grpc = await listenGrpc({
    config,
    receiver,
    metrics,
    isReady: () => isReady(status.problems()),
  })
  await using app = await listenApp({
    config,
    control,
    clickhouse,
    readerOf: clickhouse.readerOf,
    receiver,
    attempts,
    pressure,
    metrics,
    log,
    now,
    stopping: shutdown,
    watermarkMs: () => journal.stats().oldestMs ?? now(),
    readStatus: status.read,
    store,
    jobs,
    handleHealth,
    ingestUrl: () => ingest.url,
    grpcUrl: () => grpc.url,
  })

  await untilAborted(control.ready(shutdown), shutdown)
  if (!shutdown.aborted) {
    await runFile.write({
      ready: true,
      version: config.version,
      app: app.url,
      ingest: ingest.url,
      grpc: grpc.address,
      clickhouse: clickhouse.connection.url,
      pids: { collector: process.pid, clickhouse: clickhouse.facts().pid ?? null },
    })
    announce({ config, control, app, ingest, grpc })
    await once(shutdown, 'abort')
  }
  log.info({ reason: String(shutdown.reason) }, 'Stopping')
}

/** A stop during the start is no failure. */
async function untilAborted(work: Promise<void>, shutdown: AbortSignal): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!shutdown.aborted) throw error
  }
}

try {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  await run(readConfig(process.env, String(JSON.parse(manifest).version)))
} catch (error) {
  process.exitCode = explain(error)
}
// The launcher's channel would keep the process alive.
if (process.connected) process.disconnect()
