type Measured = {
  items: number
  wallMs: number
  /** Processor time of the process that makes the load. */
  loadCpuMs: number
  cores: number
}

const CORRECTION_MAX = 1.1

/**
 * Items a second, as if the load came from elsewhere: its processor time is taken out of the cores
 * that the product had. Never raises the rate by more than a tenth.
 */
export function fairRate({ items, wallMs, loadCpuMs, cores }: Measured): number {
  const loadCores = loadCpuMs / wallMs
  const correction = Math.min(CORRECTION_MAX, cores / Math.max(cores - loadCores, 1e-9))
  return (items / wallMs) * 1000 * correction
}
