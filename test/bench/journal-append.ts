import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open, request } from '../../collector/src/journal/testing.ts'

/**
 * How fast the journal acknowledges: closed loop, a number of senders that each wait for their
 * answer. Prints one line of JSON a workload; batches are released as they are sealed.
 *
 *   node test/bench/journal-append.ts [directory on the disk to measure]
 */
const seconds = 5
const workloads = [
  { senders: 1, bodyBytes: 1000 },
  { senders: 200, bodyBytes: 1000 },
  { senders: 200, bodyBytes: 20_000 },
  { senders: 8, bodyBytes: 1_000_000 },
]

const base = process.argv[2] ?? tmpdir()
for (const workload of workloads) {
  process.stdout.write(`${JSON.stringify(await measure(workload))}\n`)
}

async function measure({ senders, bodyBytes }: { senders: number; bodyBytes: number }) {
  const dir = await mkdtemp(join(base, 'aftermath-bench-'))
  const latenciesMs: number[] = []
  const syncsMs: number[] = []
  const cpuBefore = process.cpuUsage()
  let refused = 0
  {
    await using journal = await open(dir, {
      now: Date.now,
      onSync: (durationMs) => syncsMs.push(durationMs),
    })
    const stop = new AbortController()
    const released = (async () => {
      for await (const batch of journal.sealed(stop.signal)) await journal.release(batch)
    })()
    const until = performance.now() + seconds * 1000
    const bytes = Buffer.alloc(bodyBytes, 'x')
    const send = async () => {
      while (performance.now() < until) {
        const startMs = performance.now()
        const { outcome } = await journal.append(request('', { bytes }))
        latenciesMs.push(performance.now() - startMs)
        if (outcome === 'full') refused++
      }
    }
    await Promise.all(Array.from({ length: senders }, send))
    stop.abort()
    await released
  }
  await rm(dir, { recursive: true })

  const { user, system } = process.cpuUsage(cpuBefore)
  return {
    senders,
    bodyBytes,
    appendsPerSecond: Math.round(latenciesMs.length / seconds),
    megabytesPerSecond: Math.round((latenciesMs.length * bodyBytes) / seconds / 1e6),
    ackMs: quantiles(latenciesMs),
    syncs: syncsMs.length,
    syncMs: quantiles(syncsMs),
    cpuMicrosecondsPerAppend: Math.round((user + system) / latenciesMs.length),
    refused,
  }
}

function quantiles(values: number[]) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2))
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
