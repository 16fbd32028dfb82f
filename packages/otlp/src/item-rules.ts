import { AHEAD_MS, AHEAD_MS_MAX } from './limits.ts'
import { keysOf } from './keys-of.ts'
import { SCHEMA, type MessageName } from './schema.ts'
import { MESSAGE, MESSAGE_NAMES, SLOT_BITS } from './wire-table.ts'

/** Why an item cannot be stored, as the sender reads it. */
export type RejectReason =
  | 'trace id is not 16 bytes or is all zero'
  | 'span id is not 8 bytes or is all zero'
  | 'time is older than the retention'
  | 'time is more than 24 h ahead'
  | 'no value, and flags do not say that none was recorded'
  | 'bucket_counts is neither empty nor one longer than explicit_bounds'

/** The same for counters: few words, none from a sender. */
export type RejectLabel = 'id' | 'time' | 'malformed'

export const LABEL_OF_REASON: Readonly<Record<RejectReason, RejectLabel>> = {
  'trace id is not 16 bytes or is all zero': 'id',
  'span id is not 8 bytes or is all zero': 'id',
  'time is older than the retention': 'time',
  'time is more than 24 h ahead': 'time',
  'no value, and flags do not say that none was recorded': 'malformed',
  'bucket_counts is neither empty nor one longer than explicit_bounds': 'malformed',
}

/** What a field tells about the item it is in. */
export const ROLE = {
  none: 0,
  time: 1,
  observedTime: 2,
  ownTraceId: 3,
  ownSpanId: 4,
  pointValue: 5,
  pointFlags: 6,
  bucketCounts: 7,
  explicitBounds: 8,
  endTime: 9,
} as const

const ITEM_FIELDS: Partial<Record<MessageName, Record<string, keyof typeof ROLE>>> = {
  Span: {
    start_time_unix_nano: 'time',
    end_time_unix_nano: 'endTime',
    trace_id: 'ownTraceId',
    span_id: 'ownSpanId',
  },
  LogRecord: { time_unix_nano: 'time', observed_time_unix_nano: 'observedTime' },
  NumberDataPoint: {
    time_unix_nano: 'time',
    as_double: 'pointValue',
    as_int: 'pointValue',
    flags: 'pointFlags',
  },
  HistogramDataPoint: {
    time_unix_nano: 'time',
    bucket_counts: 'bucketCounts',
    explicit_bounds: 'explicitBounds',
  },
  ExponentialHistogramDataPoint: { time_unix_nano: 'time' },
  SummaryDataPoint: { time_unix_nano: 'time' },
}

/** Role by slot of the wire table. */
export const ROLES = new Uint8Array(MESSAGE_NAMES.length << SLOT_BITS)
/** 1 for messages that are items. */
export const IS_ITEM = new Uint8Array(MESSAGE_NAMES.length)

for (const name of keysOf(ITEM_FIELDS)) {
  IS_ITEM[MESSAGE[name]] = 1
  for (const field of SCHEMA[name]) {
    const role = ITEM_FIELDS[name]?.[field.name] ?? 'none'
    ROLES[(MESSAGE[name] << SLOT_BITS) | field.number] = ROLE[role]
  }
}

/** What the walk has seen of the item it is in. */
export class ItemFacts {
  /** Milliseconds since 1970; 0 where the field is absent or zero. */
  timeMs = 0
  observedMs = 0
  endMs = 0
  traceIdValid = false
  spanIdValid = false
  hasValue = false
  flags = 0
  bucketCounts = 0
  explicitBounds = 0
  events = 0
  links = 0

  reset(): void {
    this.timeMs = 0
    this.observedMs = 0
    this.endMs = 0
    this.traceIdValid = false
    this.spanIdValid = false
    this.hasValue = false
    this.flags = 0
    this.bucketCounts = 0
    this.explicitBounds = 0
    this.events = 0
    this.links = 0
  }
}

const FLAG_NO_RECORDED_VALUE = 1

/** @param timeMs the item's event time */
export function rejectReason(
  message: number,
  facts: ItemFacts,
  timeMs: number,
  clock: { receivedMs: number; retentionMs: number },
): RejectReason | undefined {
  if (message === MESSAGE.Span) {
    if (!facts.traceIdValid) return 'trace id is not 16 bytes or is all zero'
    if (!facts.spanIdValid) return 'span id is not 8 bytes or is all zero'
  }
  if (timeMs < clock.receivedMs - clock.retentionMs) return 'time is older than the retention'
  if (timeMs > clock.receivedMs + AHEAD_MS_MAX) return 'time is more than 24 h ahead'
  if (message === MESSAGE.NumberDataPoint) {
    if (!facts.hasValue && (facts.flags & FLAG_NO_RECORDED_VALUE) === 0) {
      return 'no value, and flags do not say that none was recorded'
    }
  } else if (message === MESSAGE.HistogramDataPoint) {
    if (facts.bucketCounts !== 0 && facts.bucketCounts !== facts.explicitBounds + 1) {
      return 'bucket_counts is neither empty nor one longer than explicit_bounds'
    }
  }
  return undefined
}

/** Kept, but the sender's clock is ahead. */
export function isClockSkewed(timeMs: number, receivedMs: number): boolean {
  return timeMs > receivedMs + AHEAD_MS
}
