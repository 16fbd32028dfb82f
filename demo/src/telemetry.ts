import { createRequire } from 'node:module'
import { type Meter, createNoopMeter, metrics } from '@opentelemetry/api'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { LASTED_HEADER, WAY_MS, timeInHeader } from './journey-baggage.ts'
import type { PastSpans } from './past-spans.ts'

/**
 * The stock OpenTelemetry SDK and HTTP instrumentation, set up by the standard OTEL_* variables
 * alone. The hooks give spans of the story's past their times; the present is left as it is.
 */
export function startTelemetry(past: PastSpans) {
  const http = new HttpInstrumentation({
    requestHook: (span, request) => {
      const isCall = 'getHeader' in request
      const atMs = timeInHeader(isCall ? request.getHeader('baggage') : request.headers['baggage'])
      if (atMs !== undefined) past.begin(span, isCall ? atMs : atMs + WAY_MS)
    },
    responseHook: (span, response) => {
      const lasted = 'headers' in response ? response.headers[LASTED_HEADER] : undefined
      if (typeof lasted === 'string') past.lasted(span, Number(lasted) + 2 * WAY_MS)
    },
  })
  const sdk = new NodeSDK({ instrumentations: [http] })
  sdk.start()
  // The SDK stamps metrics with the present: they wait until the story has reached it.
  http.setMeterProvider({ getMeter: (): Meter => createNoopMeter() })
  createRequire(import.meta.url)('node:http') // instrumented when it is required
  return {
    measure: () => http.setMeterProvider(metrics.getMeterProvider()),
    shutdown: () => sdk.shutdown(),
  }
}
