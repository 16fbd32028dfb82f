import type { CheckedRequest } from '../../../collector/src/journal/journal.ts'

/**
 * Requests whose bytes say which rows of which tables they become, and whether the database can read
 * them: `<id.table=2,table=1   >`, in a protobuf field that nobody knows, so that whoever reads OTLP
 * in them finds a message without items.
 */
const POISON = '!'
const UNKNOWN_FIELD = Buffer.from([0xc2, 0x3e]) // number 1000, length-delimited

export function simulatedRequest(
  id: string,
  part: Omit<CheckedRequest, 'bytes' | 'items'> & { isPoison: boolean; padding: number },
): CheckedRequest {
  const { isPoison: poison, padding, ...request } = part
  const rows = Object.entries(request.rows).map(([table, count]) => `${table}=${count}`)
  const mark = poison ? POISON : '.'
  const text = Buffer.from(`<${id}${mark}${rows.join(',')}${' '.repeat(padding)}>`)
  const items = Object.values(request.rows).reduce((sum, count) => sum + count, 0)
  return { ...request, items, bytes: Buffer.concat([UNKNOWN_FIELD, varint(text.length), text]) }
}

function varint(value: number): Buffer {
  const bytes = []
  for (let rest = value; ; rest >>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** Rows by table that the bytes become: what the journal asks of a restart. */
export function countSimulatedRows(_: unknown, bytes: Uint8Array): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const { rows } of parse(Buffer.from(bytes).toString('latin1'))) {
    for (const [table, count] of Object.entries(rows)) sum[table] = (sum[table] ?? 0) + count
  }
  return sum
}

export function rowsOf(text: string, table: string): string[] {
  return parse(text).flatMap(({ id, rows }) =>
    Array.from({ length: rows[table] ?? 0 }, (_, i) => `${id}/${i}`),
  )
}

export function isPoison(text: string): boolean {
  return /<\w+!/.test(text)
}

export function idsOf(text: string): string[] {
  return parse(text).map(({ id }) => id)
}

function parse(text: string): { id: string; rows: Record<string, number> }[] {
  return [...text.matchAll(/<([^<>]+)>/g)].map(([, one = '']) => {
    const [id = '', rows = ''] = one.split(/[.!]/)
    const pairs = rows.trim().split(',')
    return {
      id,
      rows: Object.fromEntries(
        pairs.map((pair) => {
          const [table = '', count] = pair.split('=')
          return [table, Number(count)]
        }),
      ),
    }
  })
}
