import { SeverityNumber, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** One request as the SDK's own exporters send it, both ways. */
export type SdkRequest = { protobuf: Uint8Array; json: Uint8Array }

const resource = resourceFromAttributes({
  'service.name': 'checkout',
  'service.version': '2.4.0',
  'deployment.environment.name': 'production',
  'process.command_args': ['node', 'main.js'],
})

/** Three spans, with events, links and every kind of attribute. */
export function sdkTraces(): SdkRequest {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('shop', '1.0.0')
  const first = tracer.startSpan('GET /cart', {
    kind: SpanKind.SERVER,
    attributes: { text: 'grüße', int: 7, double: 0.5, huge: 1e21, yes: true, list: ['a', 'b'] },
  })
  first.addEvent('cache miss', { key: 'cart' })
  first.recordException(new Error('no stock'))
  first.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' })
  first.end()
  const links = [{ context: first.spanContext(), attributes: { why: 'retry' } }]
  tracer.startSpan('retry', { links, kind: SpanKind.CLIENT }).end()
  tracer.startSpan('').end()
  const spans = exporter.getFinishedSpans()
  return {
    protobuf: present(ProtobufTraceSerializer.serializeRequest(spans)),
    json: present(JsonTraceSerializer.serializeRequest(spans)),
  }
}

/** Two log records, one with a map as its body. */
export function sdkLogs(): SdkRequest {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter })],
  })
  const logger = provider.getLogger('shop')
  logger.emit({
    body: 'paid',
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    attributes: { order: 12 },
  })
  logger.emit({ body: { b: [1, 2], a: { deep: true } }, eventName: 'order.paid' })
  const records = exporter.getFinishedLogRecords()
  return {
    protobuf: present(ProtobufLogsSerializer.serializeRequest(records)),
    json: present(JsonLogsSerializer.serializeRequest(records)),
  }
}

/** A point of each kind the SDK makes: gauge, sum, histogram, exponential histogram. */
export async function sdkMetrics(): Promise<SdkRequest> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [
      {
        instrumentName: 'sizes',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  })
  const meter = provider.getMeter('shop')
  meter.createCounter('orders', { unit: '{order}' }).add(3, { currency: 'EUR' })
  meter.createHistogram('latency').record(12.5)
  meter.createHistogram('sizes').record(1000)
  meter.createGauge('queue').record(-4)
  await reader.forceFlush()
  const [metrics] = exporter.getMetrics()
  await provider.shutdown()
  return {
    protobuf: present(ProtobufMetricsSerializer.serializeRequest(present(metrics))),
    json: present(JsonMetricsSerializer.serializeRequest(present(metrics))),
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('The SDK made nothing')
  return value
}
