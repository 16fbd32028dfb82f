interface Search {
  /** Holds, as far as one knows. */
  low: number
  /** Does not hold. */
  high: number
  steps: number
  /** Whether the machine keeps up at this rate. */
  holds: (rate: number) => Promise<boolean>
}

/**
 * The highest rate that holds, by halving the ratio between the highest that did and the lowest that
 * did not.
 */
export async function findKnee({ low, high, steps, holds }: Search): Promise<number> {
  let below = low
  let above = high
  for (let step = 0; step < steps; step++) {
    const rate = Math.sqrt(below * above)
    if (await holds(rate)) below = rate
    else above = rate
  }
  return below
}
