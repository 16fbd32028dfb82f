import type { IncomingMessage } from 'node:http'

/** The key or token of `Authorization: Bearer …`. RFC 6750, with the white space that people send. */
export function bearerOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1]
}
