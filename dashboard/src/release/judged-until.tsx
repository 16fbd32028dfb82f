import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { t } from '../strings/en.ts'
import { Moment } from '../ui/moment.tsx'

/** Up to when the data was judged, and by which policy. */
export function JudgedUntil({ report, now }: { report: ReleaseReport; now: string }) {
  return (
    <p className="text-dense text-muted">
      {report.judgedUntil !== null && (
        <>
          {t.release.judgedUntil} <Moment at={report.judgedUntil} now={now} /> ·{' '}
        </>
      )}
      {t.release.policy(report.policyVersion)}
    </p>
  )
}
