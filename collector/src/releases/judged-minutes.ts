import type { ClickHouseClient } from '@clickhouse/client'
import type { MinuteWindow } from '@aftermath/analysis/baseline/choose-baseline'
import { z } from 'zod'
import { defineStreamQuery } from '../clickhouse/query.ts'
import { stringsOf, type RowBinary } from '../clickhouse/row-binary.ts'
import type { AsOf, Place } from './read-minutes.ts'

/**
 * Requests of one version in one minute. The buckets of operation `i` are those from `ends[i - 1]`
 * (0 for the first) to before `ends[i]`. Arrays may be longer than what is in them.
 */
export interface JudgedMinute {
  minute: number
  /** Sorted. The same array for as long as the names stay the same. */
  operations: readonly string[]
  failures: Uint32Array
  ends: Uint32Array
  buckets: Int16Array
  requests: Uint32Array
}

const queryMinutes = defineStreamQuery({
  sql: new URL('judged-minutes.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    version: z.string(),
    fromMinute: z.int(),
    untilMinute: z.int(),
    asOf: z.int(),
  }),
})

/**
 * Reads a version's closed minutes, oldest first, one at a time: two weeks of many operations are
 * millions of buckets. What is visited is reused: take what is needed before the next.
 */
export async function readJudgedMinutes(
  client: ClickHouseClient,
  of: Place & AsOf & { version: string },
  window: MinuteWindow,
  visit: (minute: JudgedMinute) => void,
): Promise<void> {
  // Of the generations of a minute the last one counts: each waits for the one behind it.
  let [waiting, next] = [emptyRow(), emptyRow()]
  let isWaiting = false
  await queryMinutes(client, { ...of, ...window }, (row) => {
    readRow(row, next, waiting)
    if (isWaiting && waiting.minute !== next.minute) visit(waiting)
    ;[waiting, next] = [next, waiting]
    isWaiting = true
  })
  if (isWaiting) visit(waiting)
}

type Row = JudgedMinute & { names: Buffer }

const emptyRow = (): Row => ({
  minute: 0,
  names: Buffer.alloc(0),
  operations: [],
  failures: new Uint32Array(64),
  ends: new Uint32Array(64),
  buckets: new Int16Array(1024),
  requests: new Uint32Array(1024),
})

function readRow(from: RowBinary, row: Row, before: Row): void {
  row.minute = from.uint32()
  const names = from.stringsBytes()
  if (names.equals(before.names)) {
    row.names = before.names
    row.operations = before.operations
  } else if (!names.equals(row.names)) {
    row.names = Buffer.from(names)
    row.operations = stringsOf(row.names)
  }
  const count = from.length()
  row.failures = atLeast(row.failures, count)
  row.ends = atLeast(row.ends, count)
  from.uint32s(row.failures, 0, count)
  let end = 0
  for (let operation = from.length(), at = 0; at < operation; at++) {
    const size = from.length()
    row.buckets = atLeast(row.buckets, end + size)
    from.int16s(row.buckets, end, size)
    end += size
    row.ends[at] = end
  }
  row.requests = atLeast(row.requests, end)
  end = 0
  for (let operation = from.length(); operation > 0; operation--) {
    const size = from.length()
    from.uint32s(row.requests, end, size)
    end += size
  }
}

/** The array, or a larger one with the same beginning. */
function atLeast<Values extends Uint32Array | Int16Array>(values: Values, length: number): Values {
  if (values.length >= length) return values
  const kind = values.constructor as new (length: number) => Values // its own class
  const larger = new kind(2 * length)
  larger.set(values)
  return larger
}
