/** Items with a topic among all items, of the candidate (1) and of the rest (0). */
export type TopicCounts = {
  y1: number
  n1: number
  y0: number
  n0: number
  /** Prior items with the topic, of `a0` prior items. */
  a: number
  a0: number
}

/**
 * How much more a topic is spoken of, as a log odds ratio shrunk towards what all releases have:
 * rare words do not lead the list by chance.
 *
 * @see Monroe, Colaresi & Quinn, Political Analysis 16 (2008) 372, equations 15 to 22
 */
export function logOddsDirichlet({ y1, n1, y0, n0, a, a0 }: TopicCounts) {
  const delta = Math.log((y1 + a) / (n1 + a0 - y1 - a)) - Math.log((y0 + a) / (n0 + a0 - y0 - a))
  const variance = 1 / (y1 + a) + 1 / (y0 + a)
  return { delta, variance, z: delta / Math.sqrt(variance) }
}
