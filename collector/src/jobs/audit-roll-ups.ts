import { databaseOf, type Control } from '../control/control.ts'
import type { Store } from '../store/store.ts'
import type { Job } from './job.ts'

const HOUR_MS = 3_600_000

/** Roll-ups equal a recount: a little of it is looked at every hour. */
export function auditRollUpsJob({
  control,
  store,
}: {
  control: Pick<Control, 'projects'>
  store: Pick<Store, 'audit'>
}): Job {
  return {
    name: 'audit_roll_ups',
    intervalMs: HOUR_MS,
    async run(signal) {
      for (const project of control.projects()) {
        signal.throwIfAborted()
        await store.audit(databaseOf(project))
      }
    },
  }
}
