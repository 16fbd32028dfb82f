import { NodeSDK } from '@opentelemetry/sdk-node'

/**
 * The collector's own traces, when `OTEL_*` asks for them.
 *
 * Never into a loop with itself: nothing is started when the endpoint is its own ingest port.
 */
export function startTracing(
  environment: NodeJS.ProcessEnv,
  version: string,
  ownPorts: readonly number[],
): AsyncDisposable {
  const endpoint =
    environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? environment['OTEL_EXPORTER_OTLP_ENDPOINT']
  const isWanted = endpoint !== undefined && environment['OTEL_SDK_DISABLED'] !== 'true'
  if (!isWanted || isOwn(endpoint, ownPorts)) return { [Symbol.asyncDispose]: async () => {} }

  environment['OTEL_SERVICE_NAME'] ??= 'aftermath-collector'
  // Traces alone: figures are at /metrics, logs on standard error.
  environment['OTEL_METRICS_EXPORTER'] ??= 'none'
  environment['OTEL_LOGS_EXPORTER'] ??= 'none'
  environment['OTEL_RESOURCE_ATTRIBUTES'] ??= `service.version=${version}`
  const sdk = new NodeSDK({ instrumentations: [] })
  sdk.start()
  return { [Symbol.asyncDispose]: () => sdk.shutdown() }
}

function isOwn(endpoint: string, ownPorts: readonly number[]): boolean {
  if (!URL.canParse(endpoint)) return false
  const { hostname, port } = new URL(endpoint)
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) && ownPorts.includes(Number(port))
}
