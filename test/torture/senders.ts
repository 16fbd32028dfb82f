import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { quantile } from '../bench/quantile.ts'
import { grpcClient } from '../harness/grpc.ts'
import { encodeJsonLogs } from './json-logs.ts'
import type { Attempt, Kind, Ledger } from './ledger.ts'
import { postGrpc } from './post-grpc.ts'
import { postOtlp, type Posted } from './post-otlp.ts'
import { encodeRequest } from './requests.ts'
import type { Victim } from './victim.ts'

export interface Senders extends AsyncDisposable {
  /** Resolves when all answers are in, or lost. */
  stop(): Promise<void>
  /** Of the answers since the last call. */
  takeAckMs(): { count: number; p50: number; p99: number; max: number }
}

type Options = {
  ledger: Ledger
  random: () => number
  victim: Pick<Victim, 'ingest' | 'grpc' | 'projects'>
  connections?: number
  /** Offered at most; fewer where answers are slow. */
  itemsPerSecondMax?: number
  itemsPerRequestMax?: number
  /** Told each answer, or that there was none, as it comes. */
  onPosted?: (posted: Posted) => void
  /** Some requests are such that they have to be refused, whole or in part. Default: yes. */
  mayBeRefused?: boolean
}

const ANSWER_MS_MAX = 40_000
const REST_MS = 25 // after a refusal
const LOST_REST_MS = 250 // after a lost connection: most likely nobody is there
const GRPC_SHARE = 0.6 // of what is not compressed
const GRPC_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
}
const KINDS: readonly Kind[] = ['traces', 'traces', 'logs', 'metrics']

/** Many senders in a closed loop each, none of which ever sends the same thing twice. */
export function startSenders({
  ledger,
  random,
  victim: { ingest, grpc, projects },
  connections = 8,
  itemsPerSecondMax = 4000,
  itemsPerRequestMax = 200,
  onPosted,
  mayBeRefused = true,
}: Options): Senders {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const client = grpcClient(grpc, GRPC_OPTIONS)
  const ending = new AbortController()
  let latenciesMs: number[] = []
  let freeAtMs = performance.now()

  async function send(): Promise<void> {
    while (!ending.signal.aborted) {
      const items = 1 + Math.floor(random() * itemsPerRequestMax)
      await waitForTurn(items)
      if (ending.signal.aborted) return
      const request = draw(items)
      const sentMs = performance.now()
      const posted = await post(request.send)
      settle(request, posted)
      onPosted?.(posted)
      if (posted.outcome === 'answered' && posted.status === 200) {
        latenciesMs.push(performance.now() - sentMs)
      } else {
        await setTimeout(posted.outcome === 'lost' ? LOST_REST_MS : REST_MS)
      }
    }
  }

  async function post(drawn: ReturnType<typeof draw>['send']): Promise<Posted> {
    const isGrpc =
      drawn.encoding === undefined && drawn.type === 'protobuf' && random() < GRPC_SHARE
    if (isGrpc) return postGrpc({ client, ...drawn })
    return postOtlp({ agent, ingest, timeoutMs: ANSWER_MS_MAX, ...drawn })
  }

  /** One clock for all: what is offered does not depend on how fast each answer is. */
  async function waitForTurn(items: number): Promise<void> {
    const nowMs = performance.now()
    freeAtMs = Math.max(freeAtMs, nowMs - 1000) + (items / itemsPerSecondMax) * 1000
    if (freeAtMs > nowMs) {
      await setTimeout(freeAtMs - nowMs, undefined, { signal: ending.signal }).catch(() => {}) // stopped meanwhile
    }
  }

  function draw(items: number) {
    const kind = KINDS[Math.floor(random() * KINDS.length)]! // random() < 1
    const project = projects[Math.floor(random() * projects.length)]!
    const chance = mayBeRefused ? random() : 1
    const isForeign = chance < 0.01
    const isBroken = chance >= 0.01 && chance < 0.02
    const itemsRefused = kind === 'traces' && chance >= 0.02 && chance < 0.04 ? 2 : 0
    const attempt = ledger.add({ kind, database: project.database, items, itemsRefused })
    const isJson = kind === 'logs' && random() < 0.3
    const plain = isJson
      ? encodeJsonLogs(ledger, attempt, Date.now())
      : encodeRequest({ ledger, attempt, random, nowMs: Date.now() })
    // Cut in the middle of its last item: nothing of it may be taken.
    const whole = isBroken ? plain.subarray(0, plain.length - 3) : plain
    return {
      attempt,
      mustFail: isForeign || isBroken,
      send: {
        kind,
        key: isForeign ? 'nobodyhasthiskey' : project.key,
        type: isJson ? ('json' as const) : ('protobuf' as const),
        ...pack(whole, random()),
      },
    }
  }

  function settle({ attempt, mustFail }: { attempt: Attempt; mustFail: boolean }, posted: Posted) {
    if (posted.outcome === 'lost') return
    if (posted.status !== 200) {
      attempt.answer = 'refused'
      const isExpected = posted.status === 503 || posted.status === 429 || mustFail
      if (!isExpected) ledger.note(`attempt ${attempt.no} got ${posted.status}: ${posted.message}`)
      return
    }
    attempt.answer = 'acknowledged'
    if (mustFail) ledger.note(`attempt ${attempt.no} was taken and had to be refused`)
    if (attempt.itemsRefused > 0 !== posted.isPartial) {
      ledger.note(`attempt ${attempt.no} got ${posted.isPartial ? 'a' : 'no'} partial success`)
    }
  }

  const running = Array.from({ length: connections }, send)
  async function stop(): Promise<void> {
    ending.abort()
    await Promise.all(running)
    agent.destroy()
    client[Symbol.dispose]()
  }
  return {
    stop,
    takeAckMs() {
      const taken = latenciesMs
      latenciesMs = []
      return {
        count: taken.length,
        p50: taken.length === 0 ? 0 : quantile(taken, 0.5),
        p99: taken.length === 0 ? 0 : quantile(taken, 0.99),
        max: taken.length === 0 ? 0 : quantile(taken, 1),
      }
    },
    [Symbol.asyncDispose]: stop,
  }
}

function pack(body: Uint8Array, chance: number) {
  if (chance < 0.4) return { body: gzipSync(body, { level: 1 }), encoding: 'gzip' }
  if (chance < 0.6) return { body: zstdCompressSync(body), encoding: 'zstd' }
  return { body, encoding: undefined }
}
