import { killBoth, killCollector, killEngine } from './kills.ts'
import { mutatedJournals } from './mutated-journals.ts'
import type { Torture } from './torture.ts'

/** All there are, in the order in which they run when none is named. */
export const tortures: readonly Torture[] = [killCollector, killEngine, killBoth, mutatedJournals]
