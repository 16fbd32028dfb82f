import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'

const Attributes = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .transform((list) =>
    Object.fromEntries(list.map(({ key, value }) => [key, String(Object.values(value)[0])])),
  )
const Resource = z.object({ attributes: Attributes })
const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.int(),
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes: Attributes,
  status: z.object({ code: z.int().default(0) }),
})
const TraceRequest = z.object({
  resourceSpans: z.array(
    z.object({ resource: Resource, scopeSpans: z.array(z.object({ spans: z.array(Span) })) }),
  ),
})

/** A span as it arrived, with the resource it came from. */
export type SunkSpan = z.output<typeof Span> & { resource: Record<string, string> }

/** Takes OTLP/HTTP JSON of senders with the key, and keeps the spans. */
export async function startOtlpSink(ingestKey: string) {
  const spans: SunkSpan[] = []
  const paths = new Set<string>()
  const refused: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? ''
      const body: unknown = JSON.parse(await text(request.pipe(createGunzip())))
      const known = request.headers.authorization === `Bearer ${ingestKey}`
      if (!known) refused.push(path)
      paths.add(path)
      if (path === '/v1/traces' && known) spans.push(...spansOf(body))
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    spans,
    paths,
    refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function spansOf(body: unknown): SunkSpan[] {
  return TraceRequest.parse(body).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => Object.assign(span, { resource: resource.attributes })),
    ),
  )
}
