/**
 * e-BH: the indices, ascending, that may be called at false discovery rate `alpha`, whatever the
 * dependence between the e-values.
 *
 * @param e e-values (not logarithms), one per hypothesis
 * @see Wang & Ramdas, J. R. Stat. Soc. B 84 (2022) 822
 */
export function eBH({ e, alpha }: { e: number[]; alpha: number }): number[] {
  const descending = e.map((_, i) => i).toSorted((a, b) => (e[b] ?? 0) - (e[a] ?? 0))
  let called = 0
  for (const [i, index] of descending.entries()) {
    // A relative hair below the threshold: 10 hypotheses at .1 need 100, not 100.00000000000001.
    const needed = (e.length / ((i + 1) * alpha)) * (1 - 1e-12)
    if ((e[index] ?? 0) >= needed) called = i + 1
  }
  return descending.slice(0, called).toSorted((a, b) => a - b)
}
