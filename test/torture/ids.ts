import type { Attempt, Ledger } from './ledger.ts'

/**
 * How an item says which attempt it came in: spans and log records by their ids, metric points by an
 * attribute. Items are counted from 1 in an id, as one of zeros is none.
 */
const MAGIC = Buffer.from('AFTm')

export function traceIdOf({ run }: Pick<Ledger, 'run'>, { no }: Pick<Attempt, 'no'>): Buffer {
  const id = Buffer.alloc(16)
  MAGIC.copy(id)
  id.writeUInt32BE(run, 4)
  id.writeUInt32BE(no, 8)
  return id
}

export function spanIdOf({ no }: Pick<Attempt, 'no'>, item: number): Buffer {
  const id = Buffer.alloc(8)
  id.writeUInt32BE(no)
  id.writeUInt32BE(item + 1, 4)
  return id
}

export const MARK_ATTRIBUTE = 'torture.item'

export function markOf({ run }: Pick<Ledger, 'run'>, { no }: Pick<Attempt, 'no'>, item: number) {
  return `${run}/${no}/${item}`
}

/** Reads them back out of rows: `attempt` and `item`, and whether the row is of this run. */
export const idColumns = {
  spans: ({ run }: Pick<Ledger, 'run'>) => `
    startsWith(TraceId, lower(hex('${MAGIC.toString()}')) || '${run.toString(16).padStart(8, '0')}') AS ours,
    reinterpretAsUInt32(reverse(unhex(substring(SpanId, 1, 8)))) AS attempt,
    reinterpretAsUInt32(reverse(unhex(substring(SpanId, 9, 8)))) - 1 AS item`,
  points: ({ run }: Pick<Ledger, 'run'>) => `
    splitByChar('/', Attributes['${MARK_ATTRIBUTE}']) AS mark,
    mark[1] = '${run}' AS ours,
    toUInt32OrZero(mark[2]) AS attempt,
    toUInt32OrZero(mark[3]) AS item`,
}

/** The attempts whose bytes lie in a file: of a dead letter, say. */
export function attemptsIn({ run }: Pick<Ledger, 'run'>, bytes: Buffer): Set<number> {
  const found = new Set<number>()
  const head = Buffer.concat([MAGIC, Buffer.alloc(4)])
  head.writeUInt32BE(run, 4)
  for (let at = bytes.indexOf(head); at >= 0; at = bytes.indexOf(head, at + 1)) {
    if (at + 12 <= bytes.length) found.add(bytes.readUInt32BE(at + 8))
  }
  const marks = bytes.toString('latin1').matchAll(new RegExp(`\\b${run}/(\\d+)/\\d`, 'g'))
  for (const [, no] of marks) found.add(Number(no))
  return found
}
