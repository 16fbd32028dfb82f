import type { SignalKind } from '../src/check.ts'
import { jsonToProtobuf } from '../src/json-request.ts'
import { KINDS } from './arbitrary-request.ts'
import { mutateJson } from './mutate-json.ts'
import { encodeTree, mutateTree, parseTree, type Choose } from './mutate-protobuf.ts'
import { seedRequests } from './mutant-seeds.ts'

export type Mutant = { kind: SignalKind; type: 'protobuf' | 'json'; bytes: Uint8Array }

/**
 * Requests that are nearly right, and some that are nothing at all: valid ones whose fields or bytes
 * were changed. The same numbers make the same mutants.
 *
 * @param random 0 ≤ … < 1
 */
export function mutants(random: () => number, nowMs: number): () => Mutant {
  const choose: Choose = (count) => Math.floor(random() * count)
  const requests = seedRequests(nowMs)
  const trees = {
    traces: treesOf('traces', requests.traces),
    logs: treesOf('logs', requests.logs),
    metrics: treesOf('metrics', requests.metrics),
  }
  const any = <T>(list: readonly T[]) => list[choose(list.length)]! // none is empty

  function bytesOf(kind: SignalKind, type: Mutant['type']): Uint8Array {
    if (choose(50) === 0) return garbage(choose)
    const bytes =
      type === 'json'
        ? Buffer.from(mutateJson(any(requests[kind]), choose))
        : encodeTree(mutateTree(any(trees[kind]), choose))
    return choose(5) === 0 ? damaged(bytes, choose) : bytes
  }

  return () => {
    const kind = any(KINDS)
    const type = choose(3) === 0 ? 'json' : 'protobuf'
    // Now and then a request of one signal is sent as another.
    return { kind: choose(40) === 0 ? any(KINDS) : kind, type, bytes: bytesOf(kind, type) }
  }
}

function treesOf(kind: SignalKind, requests: readonly object[]) {
  return requests.map((request) => {
    const converted = jsonToProtobuf(kind, Buffer.from(JSON.stringify(request)))
    if (converted.outcome !== 'ok') throw new Error(converted.message)
    return parseTree(kind, converted.bytes)
  })
}

/** Bits flipped, ranges lost, doubled or overwritten, the end cut off. */
function damaged(bytes: Uint8Array, choose: Choose): Uint8Array {
  let result = Buffer.from(bytes)
  for (let times = 1 + choose(3); times > 0; times--) {
    const at = choose(result.length)
    const end = Math.min(result.length, at + 1 + choose(16))
    const [before, range, after] = [
      result.subarray(0, at),
      result.subarray(at, end),
      result.subarray(end),
    ]
    switch (choose(5)) {
      case 0:
        result = Buffer.concat([before, after])
        break
      case 1:
        result = Buffer.concat([before, range, range, after])
        break
      case 2:
        result = Buffer.concat([before, garbage(choose).subarray(0, 16), after])
        break
      case 3:
        result = Buffer.from(before)
        break
      default:
        if (result.length > 0) result[at] = result[at]! ^ (1 << choose(8))
    }
  }
  return result
}

function garbage(choose: Choose): Buffer {
  return Buffer.from(Array.from({ length: choose(200) }, () => choose(256)))
}
