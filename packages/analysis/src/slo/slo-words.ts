import { minutesWords, percent } from '../verdict/words.ts'

export type SloFacts = {
  state: 'page' | 'ticket' | 'ok' | 'no_data' | 'counting'
  budgetLeft: number | null
  endsInMinutes: number | null
  /** The costliest first. */
  releases: readonly { version: string; spent: number | null }[]
}

/** Below this share of a budget a release is not worth its name in a sentence. */
const SPENT_MIN = 0.05

/** How an objective stands: what is left, for how long, who spent it. */
export function sloSentence({ state, budgetLeft, endsInMinutes, releases }: SloFacts): string {
  if (state === 'counting') return 'Its requests are being counted.'
  if (budgetLeft === null) return 'There were no requests to count: nothing is known of it.'
  const left =
    budgetLeft > 0
      ? `${percent(budgetLeft)} of the budget is left`
      : budgetLeft === 0
        ? 'The budget is spent'
        : `The budget is overspent by ${percent(-budgetLeft)}`
  const ends =
    endsInMinutes === null ? '' : `, at this pace for about ${minutesWords(endsInMinutes)}`
  const [costliest] = releases
  const spender =
    costliest !== undefined && (costliest.spent ?? 0) >= SPENT_MIN
      ? ` ${costliest.version === '' ? 'Requests without a version' : costliest.version} spent ${percent(costliest.spent!)} of it.`
      : ''
  const silent = state === 'no_data' ? ' No requests in the last three days.' : ''
  return `${left}${ends}.${spender}${silent}`
}
