import { join } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Disk } from './disk.ts'
import type { JournalBatch } from './journal-batch.ts'

/** Why a batch was given up: `refused` by ClickHouse, or it died of it. */
const reasons = ['refused', 'engine_crash'] as const

const Facts = z.object({
  batch: z.string().regex(/^\d+$/),
  projectNumber: z.int(),
  kind: z.enum(['traces', 'logs', 'metrics']),
  day: z.int(),
  requests: z.int(),
  items: z.int(),
  bytes: z.int(),
  rows: z.record(z.string(), z.int()),
  receivedMs: z.number(),
  buriedMs: z.number(),
  reason: z.enum(reasons),
  code: z.int().nullable(),
  message: z.string(),
  /** A replay began, and its end was not noted. */
  replayStartedMs: z.number().nullable(),
})

/** A batch that ClickHouse will never take as it is. Its bytes are kept beside. */
export type DeadLetter = z.output<typeof Facts> & {
  /** The batch in hexadecimal: the name of its files. */
  id: string
}

export interface Burial {
  reason: (typeof reasons)[number]
  /** ClickHouse's error number, if it gave one. */
  code: number | undefined
  message: string
}

interface Deps {
  disk: Disk
  dir: string
  log: Logger
  now: () => number
  bytesMax: number
  ageMsMax: number
}

const messageCharsMax = 2000

/**
 * Batches that ClickHouse will never take: `dead/<id>.otlp` holds the requests' bytes, one OTLP
 * message, `dead/<id>.json` what is known about it. There from one life to the next; beyond a size
 * and an age the oldest go.
 */
export class DeadLetters {
  readonly #deps: Deps
  readonly #dead: string
  #letters: DeadLetter[] = []

  constructor(deps: Deps) {
    this.#deps = deps
    this.#dead = join(deps.dir, 'dead')
  }

  /** Oldest first. */
  get letters(): readonly DeadLetter[] {
    return this.#letters
  }

  async load(): Promise<void> {
    const files = await this.#deps.disk.list(this.#dead).catch(() => [])
    const names = new Set(files.map(({ name }) => name))
    const letters = []
    for (const { name, sizeBytes } of files) {
      const id = /^([0-9a-f]{16})\.json$/.exec(name)?.[1]
      if (id === undefined || !names.has(`${id}.otlp`)) continue
      const bytes = await this.#deps.disk.read(join(this.#dead, name), 0, sizeBytes)
      const facts = Facts.safeParse(parseJson(bytes))
      if (facts.success) letters.push({ ...facts.data, id })
      else this.#deps.log.warn({ id }, 'What is known about a dead letter cannot be read')
    }
    this.#letters = letters.toSorted((a, b) => a.buriedMs - b.buriedMs)
  }

  /** Durable on return; a second time replaces. */
  async bury(batch: JournalBatch, { reason, code, message }: Burial): Promise<void> {
    const { disk, dir, now } = this.#deps
    await disk.makeDirectory(this.#dead)
    await disk.syncDirectory(dir)
    const bytes = await Array.fromAsync(batch.stream())
    const letter: DeadLetter = {
      id: batch.id.toString(16).padStart(16, '0'),
      batch: batch.id.toString(),
      projectNumber: batch.projectNumber,
      kind: batch.kind,
      day: batch.day,
      requests: batch.requests,
      items: batch.items,
      bytes: bytes.reduce((sum, { length }) => sum + length, 0),
      rows: { ...batch.rows },
      receivedMs: batch.oldestMs,
      buriedMs: now(),
      reason,
      code: code ?? null,
      message: message.slice(0, messageCharsMax),
      replayStartedMs: null,
    }
    await disk.write(join(this.#dead, `${letter.id}.otlp`), bytes)
    await this.#write(letter)
  }

  /** @returns undefined when it is gone */
  async read(id: string): Promise<Buffer | undefined> {
    const letter = this.#letters.find((one) => one.id === id)
    if (letter === undefined) return undefined
    return this.#deps.disk.read(join(this.#dead, `${id}.otlp`), 0, letter.bytes)
  }

  async noteReplay(id: string): Promise<void> {
    const letter = this.#letters.find((one) => one.id === id)
    if (letter !== undefined) await this.#write({ ...letter, replayStartedMs: this.#deps.now() })
  }

  async remove(id: string): Promise<void> {
    if (!this.#letters.some((one) => one.id === id)) return
    const { disk } = this.#deps
    await disk.unlink(join(this.#dead, `${id}.otlp`))
    await disk.unlink(join(this.#dead, `${id}.json`))
    await disk.syncDirectory(this.#dead)
    this.#letters = this.#letters.filter((one) => one.id !== id)
  }

  /** Removes the oldest beyond the size, and those beyond the age. @returns what was removed */
  async removeExcess(): Promise<DeadLetter[]> {
    const { bytesMax, ageMsMax, now } = this.#deps
    let bytes = this.#letters.reduce((sum, letter) => sum + letter.bytes, 0)
    const excess = this.#letters.filter((letter) => {
      if (bytes <= bytesMax && now() - letter.buriedMs <= ageMsMax) return false
      bytes -= letter.bytes
      return true
    })
    for (const { id } of excess) await this.remove(id)
    return excess
  }

  async #write(letter: DeadLetter): Promise<void> {
    const { disk } = this.#deps
    const { id, ...facts } = letter
    // Written whole beside, then renamed: a crash leaves the one or the other.
    const path = join(this.#dead, `${id}.json`)
    await disk.write(`${path}.new`, [Buffer.from(JSON.stringify(facts))])
    await disk.rename(`${path}.new`, path)
    await disk.syncDirectory(this.#dead)
    this.#letters = [...this.#letters.filter((one) => one.id !== id), letter]
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
