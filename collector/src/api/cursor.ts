import type { z } from 'zod'
import { Problem } from './problem.ts'

/** A place in a list as `meta.nextCursor` hands it out. */
export function writeCursor(place: object | undefined): string | null {
  if (place === undefined) return null
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** @throws Problem 400 for what {@link writeCursor} did not write */
export function readCursor<T extends z.ZodType>(
  cursor: string | undefined,
  place: T,
): z.output<T> | undefined {
  if (cursor === undefined) return undefined
  const read = place.safeParse(parseOrNothing(Buffer.from(cursor, 'base64url').toString()))
  if (!read.success) throw new Problem(400, 'cursor: take it from meta.nextCursor.')
  return read.data
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no cursor of ours: the schema says so
  }
}
