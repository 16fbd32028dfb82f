import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'

export interface SpanFacts {
  startMs: number
  durationMs: number
  failed: boolean
  route: string
}

type Resource = { service: string; version: string; environment: string }

/** An OTLP/JSON trace request of server spans, with the event times given. */
export function traceRequest(
  { service, version, environment }: Resource,
  spans: readonly SpanFacts[],
) {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [
            text('service.name', service),
            text('service.version', version),
            text('deployment.environment.name', environment),
          ],
        },
        scopeSpans: [{ scope: { name: 'test' }, spans: spans.map(serverSpan) }],
      },
    ],
  }
}

export async function post(
  ingest: string,
  kind: string,
  body: unknown,
  key?: string,
): Promise<Response> {
  return fetch(`${ingest}/v1/${kind}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body: gzipSync(JSON.stringify(body)),
  })
}

function serverSpan({ startMs, durationMs, failed, route }: SpanFacts) {
  const startNs = BigInt(Math.round(startMs)) * 1_000_000n
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: `POST ${route}`,
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + BigInt(Math.round(durationMs * 1e6))),
    attributes: [
      text('http.request.method', 'POST'),
      text('http.route', route),
      { key: 'http.response.status_code', value: { intValue: failed ? 500 : 200 } },
    ],
    status: failed ? { code: 2 } : {},
  }
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } }
}
