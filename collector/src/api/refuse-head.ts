import type { IncomingMessage, ServerResponse } from 'node:http'

const URL_BYTES_MAX = 8 * 1024
const HEADERS_MAX = 100

/**
 * Answers a request whose head is too large. Node itself answers 431 where all of it exceeds 16 KiB.
 *
 * @returns false where it is not
 */
export function refuseHead(req: IncomingMessage, res: ServerResponse): boolean {
  if ((req.url ?? '').length > URL_BYTES_MAX) {
    return refuse(res, 414, `The URL is longer than ${URL_BYTES_MAX / 1024} KiB.`)
  }
  if (req.rawHeaders.length > 2 * HEADERS_MAX) {
    return refuse(res, 431, `There are more than ${HEADERS_MAX} headers.`)
  }
  return false
}

function refuse(res: ServerResponse, status: number, message: string): true {
  res.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  res.end(JSON.stringify({ code: INVALID_ARGUMENT, message }))
  return true
}

/** Of google.rpc, which senders of telemetry read. */
const INVALID_ARGUMENT = 3
