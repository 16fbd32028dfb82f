import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Addresses } from './service.ts'
import type { Order, Report } from './service-worker.ts'
import { RELEASES, type Release } from './shop.ts'

export type Shop = AsyncDisposable & {
  addresses: Addresses
  /** From here on the services send metrics. */
  measure(): void
}

/** Flushing to a server that is gone must not hold the end up. */
const FLUSH_MS = 3_000

type Ingest = { ingestUrl: string; ingestKey: string; protocol?: 'http/protobuf' | 'http/json' }

/**
 * Starts every release of the shop in a thread of its own: a thread has its own modules and
 * variables, so each has an SDK to itself, as a process would, at a third of the memory; and
 * none can outlive the demo.
 */
export async function startShop(ingest: Ingest): Promise<Shop> {
  const workers: Worker[] = []
  const addresses: Addresses = {}
  for (const service of ['payments', 'checkout', 'storefront']) {
    const releases = RELEASES.filter((release) => release.service === service)
    const started = await Promise.all(
      releases.map(async (release) => ({
        release,
        ...(await startRelease(release, ingest, addresses)),
      })),
    )
    for (const { release, worker, url } of started) {
      workers.push(worker)
      addresses[`${release.service} ${release.version}`] = url
    }
  }
  const tell = (order: Order) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
    for (const worker of workers) worker.postMessage(order)
  }
  return {
    addresses,
    measure: () => tell('measure'),
    async [Symbol.asyncDispose]() {
      const stopped = Promise.all(workers.map((worker) => once(worker, 'message')))
      tell('stop')
      await Promise.race([stopped, sleep(FLUSH_MS)])
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

async function startRelease(release: Release, ingest: Ingest, addresses: Addresses) {
  const { service, version } = release
  const worker = new Worker(new URL('service-worker.ts', import.meta.url), {
    workerData: { service, version, addresses },
    env: telemetryEnv(release, ingest),
    name: `${service} ${version}`,
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
  })
  const report: Report = (await once(worker, 'message'))[0]
  if (!('url' in report)) throw new Error(`${service} ${version} stopped before it listened`)
  return { worker, url: report.url }
}

/** What a team sets for its service, and nothing else. */
function telemetryEnv({ service, version }: Release, ingest: Ingest) {
  const { ingestUrl, ingestKey, protocol = 'http/protobuf' } = ingest
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_RESOURCE_ATTRIBUTES: [
      `service.version=${version}`,
      'deployment.environment.name=production',
      `service.instance.id=${service}-${version}-1`,
    ].join(','),
    OTEL_EXPORTER_OTLP_ENDPOINT: ingestUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${ingestKey}`,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '10000',
    OTEL_METRIC_EXPORT_TIMEOUT: '5000',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    OTEL_LOG_LEVEL: 'error',
    // Hours arrive in seconds: room for what waits, and little waiting.
    OTEL_BSP_MAX_QUEUE_SIZE: '20000',
    OTEL_BSP_SCHEDULE_DELAY: '500',
    OTEL_BLRP_MAX_QUEUE_SIZE: '20000',
    OTEL_BLRP_SCHEDULE_DELAY: '500',
  }
}
