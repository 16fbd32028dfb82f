import assert from 'node:assert/strict'
import type { CheckedRequest } from './checked-request.ts'
import type { RecordToWrite } from './encode-group.ts'
import { derivationVersion, type Seal } from './notes.ts'
import type { OpenBatch } from './open-batches.ts'
import { otlpProtobuf, recordKinds } from './record-header.ts'

/** A record before it has its place in the sequence. */
export type UnnumberedRecord = Omit<RecordToWrite, 'header'> & {
  header: Omit<RecordToWrite['header'], 'sequence'>
}

/** One of the journal's own records: what became of batches and sequences. */
export interface Note {
  kind: number
  projectNumber: number
  batch: bigint
  payload: Buffer
}

export function requestRecord(request: CheckedRequest, batch: OpenBatch): UnnumberedRecord {
  const { kind, projectNumber, keyId, bytes, items, rows, day, receivedMs } = request
  return {
    header: {
      kind: recordKinds[kind],
      flags: 0,
      format: otlpProtobuf,
      projectNumber,
      keyId,
      batch: lowerHalf(batch.id),
      items,
      rows: totalOf(rows),
      day: Math.min(Math.max(day, 0), 0xffff),
      epoch: Number(batch.id >> 32n),
      receivedMs,
    },
    payload: bytes,
  }
}

export function noteRecord(
  { kind, projectNumber, batch, payload }: Note,
  { epoch, receivedMs }: { epoch: number; receivedMs: number },
): UnnumberedRecord {
  return {
    header: {
      kind,
      flags: 0,
      format: 0,
      projectNumber,
      keyId: 0,
      batch: lowerHalf(batch),
      items: 0,
      rows: 0,
      day: 0,
      epoch,
      receivedMs,
    },
    payload,
  }
}

/** What a batch is when it is closed. */
export function sealOf(batch: OpenBatch, sealedMs: number): Seal {
  const { kind, day, firstSequence, lastSequence, requests, items, bytes } = batch
  return {
    batch: batch.id,
    parent: 0n,
    sibling: 0n,
    kind,
    day,
    derivationVersion,
    firstSequence,
    lastSequence,
    requests,
    items,
    bytes,
    sealedMs,
    rows: Object.fromEntries(batch.rows),
  }
}

/** Fails before a caller's mistake can spoil a group of others' requests. */
export function assertWritable({
  projectNumber,
  keyId,
  items,
  rows,
  day,
  receivedMs,
}: CheckedRequest) {
  for (const n of [projectNumber, keyId, items, totalOf(rows), ...Object.values(rows)]) {
    assert(Number.isInteger(n) && n >= 0 && n < 2 ** 32)
  }
  assert(Number.isInteger(day))
  assert(Number.isSafeInteger(receivedMs) && receivedMs >= 0)
}

function totalOf(rows: CheckedRequest['rows']): number {
  return Object.values(rows).reduce((sum, n) => sum + n, 0)
}

function lowerHalf(id: bigint): number {
  return Number(BigInt.asUintN(32, id))
}
