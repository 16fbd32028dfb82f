import {
  recordBytes,
  recordHeaderBytes,
  writeRecordHeader,
  type RecordHeader,
} from './record-header.ts'
import { crc32 } from 'node:zlib'

export interface RecordToWrite {
  header: Omit<RecordHeader, 'payloadBytes' | 'payloadCrc'>
  payload: Uint8Array
}

export interface EncodedGroup {
  buffers: Uint8Array[]
  lengthBytes: number
  /** Of each record, from the group's first byte. */
  starts: number[]
}

const copyBytesMax = 16 * 2 ** 10 // up to here a copy costs less than one more buffer in writev

/** The bytes of a group of records: headers and small payloads copied, large ones by reference. */
export function encodeGroup(records: readonly RecordToWrite[]): EncodedGroup {
  const copiedBytes = records.reduce((sum, record) => sum + bytesToCopy(record), 0)
  const copied = Buffer.allocUnsafe(copiedBytes)
  const buffers: Uint8Array[] = []
  const starts: number[] = []
  let at = 0
  let pieceStart = 0
  let lengthBytes = 0

  for (const { header, payload } of records) {
    starts.push(lengthBytes)
    const payloadBytes = payload.length
    writeRecordHeader(copied, at, { ...header, payloadBytes, payloadCrc: crc32(payload) })
    at += recordHeaderBytes
    if (payloadBytes <= copyBytesMax) {
      copied.set(payload, at)
      at += payloadBytes
    } else {
      buffers.push(copied.subarray(pieceStart, at), payload)
      pieceStart = at
    }
    const padding = paddingBytes(payloadBytes)
    copied.fill(0, at, at + padding)
    at += padding
    lengthBytes += recordBytes(payloadBytes)
  }
  if (at > pieceStart) buffers.push(copied.subarray(pieceStart, at))
  return { buffers, lengthBytes, starts }
}

function bytesToCopy({ payload }: RecordToWrite): number {
  const copiedPayload = payload.length <= copyBytesMax ? payload.length : 0
  return recordHeaderBytes + copiedPayload + paddingBytes(payload.length)
}

function paddingBytes(payloadBytes: number): number {
  return recordBytes(payloadBytes) - recordHeaderBytes - payloadBytes
}
