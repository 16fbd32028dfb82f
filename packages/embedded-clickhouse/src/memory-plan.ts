import { totalmem } from 'node:os'

/** Limits of the engine's memory, in bytes. */
export interface MemoryPlan {
  engineBytes: number
  markCacheBytes: number
  primaryIndexCacheBytes: number
  indexMarkCacheBytes: number
  uncompressedCacheBytes: number
  textIndexCacheBytes: number // three of them
}

const engineShare = 0.45 // the engine's own default is 90 %, which starves its neighbours
const cacheShare = 0.1 // of the engine's; its defaults add up to tens of gigabytes

/** What the engine may take of `machineBytes`, or of `engineBytesMax` when that is given. */
export function planMemory({
  machineBytes,
  engineBytesMax,
}: {
  machineBytes: number
  engineBytesMax?: number | undefined
}): MemoryPlan {
  const engineBytes = Math.floor(engineBytesMax ?? machineBytes * engineShare)
  const share = (part: number) => Math.floor(engineBytes * cacheShare * part)
  return {
    engineBytes,
    markCacheBytes: share(0.4),
    primaryIndexCacheBytes: share(0.2),
    indexMarkCacheBytes: share(0.1),
    uncompressedCacheBytes: share(0.15),
    textIndexCacheBytes: share(0.05),
  }
}

/** Memory of the machine, or of the control group where that has less. */
export function readMachineBytes(): number {
  const constrained = process.constrainedMemory() // 0 or beyond any machine: no limit
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()
}
