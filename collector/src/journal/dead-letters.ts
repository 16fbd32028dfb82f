import { join } from 'node:path'
import type { Disk } from './disk.ts'
import type { JournalBatch } from './journal-batch.ts'

/**
 * Keeps a batch that ClickHouse will never take: `dead/<id>.otlp` holds its requests' bytes, one OTLP
 * message, `dead/<id>.json` what is known about it. Durable on return; a second time replaces.
 */
export async function writeDeadLetter(
  { disk, dir, now }: { disk: Disk; dir: string; now: () => number },
  batch: JournalBatch,
  reason: { code: number | undefined; message: string },
): Promise<void> {
  const dead = join(dir, 'dead')
  const name = batch.id.toString(16).padStart(16, '0')
  const facts = {
    batch: batch.id.toString(),
    projectNumber: batch.projectNumber,
    kind: batch.kind,
    day: batch.day,
    requests: batch.requests,
    items: batch.items,
    bytes: batch.bytes,
    rows: batch.rows,
    receivedMs: batch.oldestMs,
    buriedMs: now(),
    code: reason.code ?? null,
    message: reason.message,
  }
  await disk.makeDirectory(dead)
  await disk.syncDirectory(dir)
  await disk.write(join(dead, `${name}.otlp`), await batch.read())
  await disk.write(join(dead, `${name}.json`), [Buffer.from(JSON.stringify(facts))])
  await disk.syncDirectory(dead)
}

export async function countDeadLetters(disk: Disk, dir: string): Promise<number> {
  const files = await disk.list(join(dir, 'dead')).catch(() => [])
  return files.filter(({ name }) => name.endsWith('.otlp')).length
}
