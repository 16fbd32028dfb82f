import { createRequire } from 'node:module'
import { type Meter, type Span, createNoopMeter, metrics } from '@opentelemetry/api'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { shiftSecondsOf } from './journey-baggage.ts'

/**
 * The stock OpenTelemetry SDK, set up by its standard OTEL_* variables alone. The one addition:
 * a request of the story's past has its spans begin then. They keep their true durations, since
 * the SDK measures those from the start by a monotonic clock.
 */
export function startTelemetry() {
  const http = new HttpInstrumentation({
    requestHook: (span, request) => {
      const header =
        'getHeader' in request ? request.getHeader('baggage') : request.headers['baggage']
      moveStart(span, shiftSecondsOf(typeof header === 'string' ? header : undefined))
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

function moveStart(span: Span, shiftSeconds: number) {
  // The SDK's spans keep their start as [seconds, nanoseconds].
  if ('startTime' in span && Array.isArray(span.startTime)) span.startTime[0] += shiftSeconds
}
