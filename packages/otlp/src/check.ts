import { summariseResource, type ResourceSummary } from './first-resource.ts'
import { LABEL_OF_REASON, type RejectLabel } from './item-rules.ts'
import { keysOf } from './keys-of.ts'
import { ITEMS_MAX, REWRITES_MAX, REWRITTEN_BYTES_MAX } from './limits.ts'
import { normalise } from './normalise.ts'
import type { SignalKind } from './schema.ts'
import { ITEM_NAMES, TABLE_OF_HOLDER, type RowCounts } from './tables.ts'
import type { RequestContent } from './request-content.ts'
import { Walk, type Failure } from './walk.ts'
import { MESSAGE } from './wire-table.ts'

export type { SignalKind } from './schema.ts'
export type { ResourceSummary } from './first-resource.ts'
export type { RowCounts, TelemetryTable } from './tables.ts'
export { countRows } from './count-rows.ts'
export { eventMinutes } from './event-minutes.ts'

export type CheckLimits = {
  /** When the request came, wall clock. */
  receivedMs: number
  /** Items older than this at `receivedMs` are rejected: their partition may be gone. */
  retentionMs: number
  /** Default ITEMS_MAX; only tests lower it. */
  itemsMax?: number
}

export type CheckOutcome = CheckedRequest | Malformed | TooManyItems

export type CheckedRequest = {
  outcome: 'ok'
  /** What is to be stored: the very object given, unless something had to be rewritten. */
  bytes: Uint8Array
  /** Items kept; 0 means there is nothing to store. */
  items: number
  rows: RowCounts
  /** Items that cannot be stored and are not in `bytes`, with the reasons for the sender. */
  rejected: Rejected | undefined
  /** For a sender whose request is legal and probably not what was meant. */
  hint?: string
  /** More than AHEAD_MS ahead of this machine's clock, and kept. */
  clockSkewItems: number
  /** Spans that end before they start; their duration is stored as 0. */
  negativeDurations: number
  droppedAttributes: number
  droppedEvents: number
  droppedLinks: number
  /** Keys, values and bodies that were too long and lost their end. */
  cutTexts: number
  firstResource: ResourceSummary
  /** Event times of the kept items, in ms since 1970; `receivedMs` when none was kept. */
  earliestMs: number
  latestMs: number
}

export type Rejected = {
  items: number
  message: string
  /** Items by what is wrong with them, for counters. */
  byLabel: Partial<Record<RejectLabel, number>>
}

/** Nothing of it is stored; sending it again would not help. */
export type Malformed = {
  outcome: 'malformed'
  offsetBytes: number
  /** Such as `resource_spans[0].scope_spans[1].spans[3].trace_id`; '' is the request itself. */
  path: string
  message: string
}

export type TooManyItems = { outcome: 'too_many_items'; itemsMax: number; message: string }

/**
 * Settles an OTLP request in protobuf before it is journalled: whether it is well-formed to its full
 * depth, which items can be stored, and in which bytes ClickHouse reads them as protobuf means them.
 *
 * Bytes are rewritten only to leave out rejected items, to trim what exceeds a limit, to turn arrays
 * and maps into JSON text, and where ClickHouse reads legal protobuf differently. Checking the
 * result again changes nothing. Never throws, whatever the bytes.
 */
export function checkRequest(
  kind: SignalKind,
  bytes: Uint8Array,
  limits: CheckLimits,
): CheckOutcome {
  const contentLimits = { ...limits, itemsMax: limits.itemsMax ?? ITEMS_MAX }
  let walk = new Walk(kind, bytes, contentLimits)
  walk.run()
  if (walk.isOdd && walk.failure === undefined) {
    walk = new Walk(kind, normalise(kind, bytes), contentLimits)
    walk.run()
  }
  if (walk.failure !== undefined) return refused(kind, walk.failure, bytes, contentLimits.itemsMax)
  const checked = checkedRequest(kind, walk.content, limits.receivedMs)
  if (bytes.length > 0 && !walk.hasKnownFields) {
    checked.hint = `The request has only unknown fields: is it an OTLP ${kind} request?`
  }
  return checked
}

function checkedRequest(
  kind: SignalKind,
  content: RequestContent,
  receivedMs: number,
): CheckedRequest {
  const rejected = summariseRejections(kind, content)
  const items = content.items - (rejected?.items ?? 0)
  return {
    outcome: 'ok',
    bytes: content.frames.edited(),
    items,
    rows: rowsOf(content),
    rejected,
    clockSkewItems: content.clockSkewItems,
    negativeDurations: content.negativeDurations,
    droppedAttributes: content.droppedAttributes,
    droppedEvents: content.droppedEvents,
    droppedLinks: content.droppedLinks,
    cutTexts: content.cutTexts,
    firstResource: summariseResource(content.firstResource),
    earliestMs: items === 0 ? receivedMs : content.earliestMs,
    latestMs: items === 0 ? receivedMs : content.latestMs,
  }
}

function refused(
  kind: SignalKind,
  failure: Failure,
  bytes: Uint8Array,
  itemsMax: number,
): Malformed | TooManyItems {
  if (failure.outcome === 'too_many_items') {
    const message =
      failure.what === 'items'
        ? `More than ${itemsMax} ${ITEM_NAMES[kind]} in one request: send smaller ones.`
        : `More than ${REWRITES_MAX} places, or ${REWRITTEN_BYTES_MAX} bytes, of one request would have to be rewritten: send smaller ones.`
    return { outcome: 'too_many_items', itemsMax, message }
  }
  if (bytes[0] !== OPENING_BRACE) return failure
  const message = `${failure.message}; it looks like JSON, whose Content-Type is application/json`
  return { ...failure, message }
}

const OPENING_BRACE = 0x7b

function rowsOf(content: RequestContent): RowCounts {
  const rows: RowCounts = {}
  for (const holder of keysOf(TABLE_OF_HOLDER)) {
    const count = content.keptBy[MESSAGE[holder]]!
    if (count > 0) rows[TABLE_OF_HOLDER[holder]] = count
  }
  return rows
}

function summariseRejections(
  kind: SignalKind,
  { rejections, items: total }: RequestContent,
): CheckedRequest['rejected'] {
  if (rejections.size === 0) return undefined
  let items = 0
  const reasons: string[] = []
  const byLabel: Rejected['byLabel'] = {}
  for (const [reason, { count, firstPath }] of rejections) {
    items += count
    const label = LABEL_OF_REASON[reason]
    byLabel[label] = (byLabel[label] ?? 0) + count
    reasons.push(`${count} × ${reason}, first at ${firstPath}`)
  }
  return {
    items,
    byLabel,
    message: `${items} of ${total} ${ITEM_NAMES[kind]} rejected: ${reasons.join('; ')}`,
  }
}
