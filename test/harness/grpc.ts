import {
  Client,
  Metadata,
  credentials,
  type ServiceError,
  type ChannelCredentials,
} from '@grpc/grpc-js'

export const METHODS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const

export interface Answer {
  code: number
  message: string
  /** The answer's bytes; undefined unless the code is 0. */
  body: Buffer | undefined
  /** `grpc-status-details-bin`: a `google.rpc.Status`. */
  details: Buffer | undefined
}

type Call = { method: string; body: Uint8Array; metadata?: Record<string, string> }

/** One call by the field's own client, with bytes made by hand. */
export interface GrpcClient extends Disposable {
  call(call: Call): Promise<Answer>
}

export function grpcClient(
  address: string,
  options: Record<string, string | number> = {},
  channel: ChannelCredentials = credentials.createInsecure(),
): GrpcClient {
  const client = new Client(address, channel, {
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
    ...options,
  })
  return {
    call({ method, body, metadata = {} }) {
      const sent = new Metadata()
      for (const [key, value] of Object.entries(metadata)) sent.set(key, value)
      return new Promise((resolve) => {
        client.makeUnaryRequest(
          method,
          (bytes: Uint8Array) => Buffer.from(bytes),
          (bytes) => bytes,
          body,
          sent,
          (error: ServiceError | null, answer?: Buffer) =>
            resolve(
              error === null
                ? { code: 0, message: '', body: answer, details: undefined }
                : {
                    code: error.code,
                    message: error.details,
                    body: undefined,
                    details: error.metadata.get('grpc-status-details-bin')[0] as Buffer | undefined, // a key ending in -bin
                  },
            ),
        )
      })
    },
    [Symbol.dispose]: () => client.close(),
  }
}
