import { brokenSync } from './broken-sync.ts'
import { connectionFaults } from './connection-faults.ts'
import { faultPoints } from './faults.ts'
import { fullDisk } from './full-disk.ts'
import { fuzzedRequests } from './fuzzed-requests.ts'
import { halfway } from './halfway.ts'
import { killBoth, killCollector, killEngine } from './kills.ts'
import { mutatedJournals } from './mutated-journals.ts'
import { outage } from './outage.ts'
import { poison } from './poison.ts'
import { slowClients } from './slow-clients.ts'
import { stop } from './stops.ts'
import { simulations } from './simulations.ts'
import type { Torture } from './torture.ts'

/** All there are, in the order in which they run when none is named. */
export const tortures: readonly Torture[] = [
  killCollector,
  killEngine,
  killBoth,
  stop,
  outage,
  connectionFaults,
  fullDisk,
  mutatedJournals,
  faultPoints,
  brokenSync,
  poison,
  halfway,
  slowClients,
  fuzzedRequests,
  simulations,
]
