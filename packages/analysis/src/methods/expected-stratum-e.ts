/**
 * Mean of one stratum's e-value when the events fall on the arms by chance (hypergeometric). At
 * most 1, whatever the counts: the proof that engine B's bet is fair, as a number to test.
 *
 * @param x events in both arms together, x ≤ n1 + n0
 */
export function expectedStratumE(input: { n1: number; n0: number; x: number; theta: number }) {
  const { n1, n0, x, theta } = input
  const share = n1 / (n1 + n0)
  const logTotal = x * Math.log1p(share * (theta - 1))
  let mean = 0
  for (let x1 = Math.max(0, x - n0); x1 <= Math.min(n1, x); x1 += 1) {
    const logChance = logChoose(n1, x1) + logChoose(n0, x - x1) - logChoose(n1 + n0, x)
    mean += Math.exp(logChance + x1 * Math.log(theta) - logTotal)
  }
  return mean
}

function logChoose(n: number, k: number): number {
  let log = 0
  for (let i = 1; i <= k; i += 1) log += Math.log((n - k + i) / i)
  return log
}
