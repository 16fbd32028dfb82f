/** Draws from a random sequence in [0, 1). */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]! // random() < 1
}

/** A rank in [0, size): rank r about as often as 1 ÷ (r + 1), as Zipf has it. */
export function drawEarly(random: () => number, size: number): number {
  return Math.floor((size + 1) ** random()) - 1
}

export function pickEarly<T>(random: () => number, list: readonly T[]): T {
  return list[Math.min(list.length - 1, drawEarly(random, list.length))]!
}

/** Standard normal, by Box and Muller. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

export function randomId(random: () => number, sizeBytes: 8 | 12 | 16): Buffer {
  const id = Buffer.allocUnsafe(sizeBytes)
  for (let at = 0; at < sizeBytes; at += 4) id.writeUInt32LE(Math.floor(random() * 2 ** 32), at)
  return id
}

/** Ids of 8 bytes that never repeat in their last four, and look like chance. */
export function uniqueIds(): () => Buffer {
  let count = 0
  return () => {
    const id = Buffer.allocUnsafe(8)
    count = (count + 1) >>> 0
    id.writeUInt32LE(Math.imul(count, 0x85ebca6b) >>> 0, 0)
    id.writeUInt32BE(Math.imul(count, 0x9e3779b1) >>> 0, 4) // odd factors: one to one
    return id
  }
}

/** What SDKs and Collectors send: mostly full batches, some half empty, a few very large. */
export function drawSize(random: () => number): number {
  const draw = random()
  if (draw < 0.6) return 512
  if (draw < 0.85) return 50 + Math.floor(151 * random())
  if (draw < 0.95) return 1 + Math.floor(10 * random())
  return 2000 + Math.floor(6001 * random())
}
