/**
 * Counts of one operation in one minute: exposure n and events x, of the candidate (1) and of the
 * baseline (0). Baseline counts may be fractions of a longer window. Only a stratum with both arms
 * compares anything.
 */
export type Stratum = { n1: number; x1: number; n0: number; x0: number }
