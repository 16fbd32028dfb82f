import { z } from 'zod'
import type { Patches } from './backward-writer.ts'

const kinds = ['traces', 'logs', 'metrics'] as const

/** What one resource's items add up to, in one table. */
export const BlockFacts = z.object({
  table: z.string(),
  service: z.string(),
  version: z.string(),
  items: z.int(),
  /** Spans with status Error, logs with severity ERROR. */
  errors: z.int(),
  /** Of spans the durations in ns, of logs the lengths of the bodies, of points the values or counts. */
  sum: z.int(),
  /** Sum of a CRC-32 of each item's own text; 0 for points. */
  checksum: z.int(),
  /** Spans that the roll-up by minute counts, and those of them that failed. */
  rolledUp: z.int(),
  rolledUpErrors: z.int(),
})
export type BlockFacts = z.output<typeof BlockFacts>

/** A row as it must lie in its table: of every thousandth item. */
export const Sample = z.object({
  table: z.string(),
  /** The ends of its ids, which nothing patches. */
  id: z.string(),
  /** By column; ids without their first eight digits, maps as sorted `key=value` lines. */
  row: z.record(z.string(), z.string()),
})
export type Sample = z.output<typeof Sample>

export const RequestFacts = z.object({
  kind: z.enum(kinds),
  items: z.int().positive(),
  blocks: z.array(BlockFacts),
  samples: z.array(Sample),
})
export type RequestFacts = z.output<typeof RequestFacts>

/** A ready OTLP request in protobuf, and what it must leave behind in the tables. */
export interface GeneratedRequest extends RequestFacts {
  bytes: Buffer
  patches: Patches
}
