/** Limits of one request: beyond these it is refused. */
export const ITEMS_MAX = 100_000
/** Arrays and maps inside one another in a value. */
export const NESTING_MAX = 32
/** Places that must be rewritten, and bytes of text put there: they bound the memory of a check. */
export const REWRITES_MAX = 1_000_000
export const REWRITTEN_BYTES_MAX = 64 * 1024 * 1024

/** Beyond these it is trimmed. Attributes kept of one resource, scope, span, event, link, record, point or exemplar. */
export const ATTRIBUTES_MAX = 1024
export const KEY_BYTES_MAX = 256
export const VALUE_BYTES_MAX = 64 * 1024
export const BODY_BYTES_MAX = 256 * 1024
/** Events kept of a span, and links. */
export const EVENTS_MAX = 128
export const LINKS_MAX = 128

/** Ahead of the receiver's clock by this much, a time is taken as it is. */
export const AHEAD_MS = 10 * 60_000
/** Up to here it is kept and counted as clock skew; beyond, the item is rejected. */
export const AHEAD_MS_MAX = 24 * 3_600_000
