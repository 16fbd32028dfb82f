import { useQuery } from '@tanstack/react-query'
import { decisionsQuery } from '../decisions/decisions-queries.ts'
import { Ledger } from '../decisions/ledger.tsx'
import { t } from '../strings/release.ts'
import { Empty } from '../ui/empty.tsx'
import { Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import type { ReleaseKey } from './release-queries.ts'

/** What people decided about this release. */
export default function ReleaseDecisions({ releaseKey }: { releaseKey: ReleaseKey }) {
  const query = useQuery(decisionsQuery(releaseKey))
  return (
    <Panel
      name="decisions"
      query={query}
      isEmpty={(rows) => rows.length === 0}
      skeleton={<SkeletonRows rows={3} className="h-14" />}
      empty={
        <Empty title={t.decisions.emptyTitle}>
          <p className="text-muted">{t.decisions.emptyText}</p>
        </Empty>
      }
    >
      {({ data, meta }) => (
        <Ledger rows={data} project={releaseKey.project} now={meta.now} of="release" />
      )}
    </Panel>
  )
}
