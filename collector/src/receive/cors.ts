import type { IncomingMessage, ServerResponse } from 'node:http'

const ALLOWED_HEADERS =
  'content-type, content-encoding, authorization, x-aftermath-key, x-sentry-auth, traceparent, tracestate, baggage, sentry-trace'

/** Browsers send from the app's own pages: every origin may, with a key, and never with cookies. */
export function allowOrigins(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.origin === undefined) return
  res.setHeader('access-control-allow-origin', '*')
  res.setHeader('access-control-expose-headers', 'retry-after')
}

export function answerPreflight(res: ServerResponse): void {
  res.writeHead(204, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': '7200',
  })
  res.end()
}
