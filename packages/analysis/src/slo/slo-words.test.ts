import { expect, test } from 'vitest'
import { sloSentence } from './slo-words.ts'
import type { SloFacts } from './slo-words.ts'

const facts: SloFacts = { state: 'ok', budgetLeft: 0.31, endsInMinutes: null, releases: [] }

test.each<[Partial<SloFacts>, string]>([
  [{}, '31 % of the budget is left.'],
  [
    {
      endsInMinutes: 3 * 24 * 60,
      releases: [
        { version: '2.4.0', spent: 0.52 },
        { version: '2.3.9', spent: 0 },
      ],
    },
    '31 % of the budget is left, at this pace for about 3 days. 2.4.0 spent 52 % of it.',
  ],
  [{ budgetLeft: -0.2 }, 'The budget is overspent by 20 %.'],
  [{ budgetLeft: 0 }, 'The budget is spent.'],
  [{ releases: [{ version: '1', spent: 0.01 }] }, '31 % of the budget is left.'],
  [{ releases: [{ version: '1', spent: null }] }, '31 % of the budget is left.'],
  [
    { releases: [{ version: '', spent: 0.4 }] },
    '31 % of the budget is left. Requests without a version spent 40 % of it.',
  ],
  [{ state: 'no_data' }, '31 % of the budget is left. No requests in the last three days.'],
  [
    { state: 'no_data', budgetLeft: null },
    'There were no requests to count: nothing is known of it.',
  ],
  [{ state: 'counting', budgetLeft: null }, 'Its requests are being counted.'],
])('%o: %s', (over, sentence) => {
  expect(sloSentence({ ...facts, ...over })).toBe(sentence)
})
