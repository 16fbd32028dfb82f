import {
  makeSpecimen,
  mutationKinds,
  tryMutation,
} from '../../collector/src/journal/fixtures/mutated-journals.ts'
import type { Torture } from './torture.ts'

const JOURNALS = 100_000
const FAILURES_SHOWN = 20

export const mutatedJournals: Torture = {
  name: 'T8',
  what: `${JOURNALS.toLocaleString('en')} journals with damage: ${mutationKinds.join(', ')}; segments and cursor`,
  passesWhen: 'all open, only damaged records are missing, each reported',
  async run({ options, say, signal }) {
    const specimen = await makeSpecimen()
    const journals = options.times ?? JOURNALS
    const failures: string[] = []
    let failed = 0
    for (let i = 0; i < journals; i++) {
      signal.throwIfAborted()
      const kind = mutationKinds[i % mutationKinds.length]!
      const seed = options.seed + Math.floor(i / mutationKinds.length)
      const wrong = await tryMutation(specimen, kind, seed).catch((error: unknown) => [
        `it does not open: ${String(error)}`,
      ])
      if (wrong.length > 0) failed++
      for (const what of wrong.slice(0, FAILURES_SHOWN - failures.length)) {
        failures.push(`${kind}, seed ${seed}: ${what}`)
      }
      if (i % 10_000 === 9999) say(`${i + 1} journals, ${failed} with failures`)
    }
    return { figures: { journals, failed }, failures }
  },
}
