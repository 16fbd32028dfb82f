import { credentials } from '@grpc/grpc-js'
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtoLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtoMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import type { AggregationTemporality } from '@opentelemetry/sdk-metrics'

/** The ways in which the stock exporters of OpenTelemetry send. */
export const WAYS = (['http/protobuf', 'http/json', 'grpc'] as const).flatMap((protocol) =>
  (['none', 'gzip'] as const).map((compression) => ({ protocol, compression })),
)
export type Way = (typeof WAYS)[number]

/** A service of its own for each way, so that their rows can be told apart. */
export function serviceOf({ protocol, compression }: Way): string {
  return `${protocol} ${compression}`
}

type Target = { ingest: string; grpc: string }

const EXPORTERS = {
  'http/protobuf': { traces: ProtoTraces, logs: ProtoLogs, metrics: ProtoMetrics },
  'http/json': { traces: JsonTraces, logs: JsonLogs, metrics: JsonMetrics },
} as const

const compressionOf = ({ compression }: Way) =>
  compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE

export function traceExporter(way: Way, target: Target) {
  return way.protocol === 'grpc'
    ? new GrpcTraces(grpcOptions(way, target))
    : new EXPORTERS[way.protocol].traces(httpOptions(way, target, 'traces'))
}

export function logExporter(way: Way, target: Target) {
  return way.protocol === 'grpc'
    ? new GrpcLogs(grpcOptions(way, target))
    : new EXPORTERS[way.protocol].logs(httpOptions(way, target, 'logs'))
}

export function metricExporter(way: Way, target: Target, temporality: AggregationTemporality) {
  const temporalityPreference = temporality
  return way.protocol === 'grpc'
    ? new GrpcMetrics({ ...grpcOptions(way, target), temporalityPreference })
    : new EXPORTERS[way.protocol].metrics({
        ...httpOptions(way, target, 'metrics'),
        temporalityPreference,
      })
}

function httpOptions(way: Way, { ingest }: Target, kind: string) {
  return { url: `${ingest}/v1/${kind}`, compression: compressionOf(way) }
}

function grpcOptions(way: Way, { grpc }: Target) {
  return {
    url: `http://${grpc}`,
    credentials: credentials.createInsecure(),
    compression: compressionOf(way),
  }
}
