import { incompleteBeta } from './incomplete-beta.ts'

/**
 * Two-sided p-value of Student's t.
 *
 * @param degrees degrees of freedom, > 0
 * @see Abramowitz & Stegun 1964, 26.7.1 and 26.5.8
 */
export function studentTPValue(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
}
