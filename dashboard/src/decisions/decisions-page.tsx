import type { LedgerEntry } from '@aftermath/schemas/api/decisions'
import { useQuery } from '@tanstack/react-query'
import { useLive, useNamedRange, useProject, useSharedSearch } from '../search/use-search-state.ts'
import { t } from '../strings/release.ts'
import { Empty } from '../ui/empty.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { Calibration } from './calibration.tsx'
import { calibrationQuery, decisionsQuery } from './decisions-queries.ts'
import { Ledger } from './ledger.tsx'

const isEmpty = (rows: LedgerEntry[]) => rows.length === 0

/** What was advised, what people did about it, and whether the advice has been right. */
export function DecisionsPage() {
  const project = useProject()
  const { service, env } = useSharedSearch()
  const range = useNamedRange()
  const { refetchInterval } = useLive()
  const scope = { project, service, environment: env, ...range }
  const ledger = useQuery({ ...decisionsQuery(scope), refetchInterval })
  const calibration = useQuery(calibrationQuery(scope))
  return (
    <Page name="decisions" title={t.decisions.title} state={stateOf(ledger, neverEmpty)}>
      <PageHead title={t.decisions.title} />
      <Section title={t.decisions.calibration}>
        <Panel
          name="calibration"
          query={calibration}
          skeleton={<SkeletonRows rows={5} className="h-10" />}
        >
          {({ data }) => <Calibration data={data} />}
        </Panel>
      </Section>
      <Section title={t.decisions.ledger}>
        <Panel
          name="ledger"
          query={ledger}
          isEmpty={isEmpty}
          skeleton={<SkeletonRows rows={6} className="h-14" />}
          empty={
            <Empty title={t.decisions.emptyTitle}>
              <p className="text-muted">{t.decisions.emptyText}</p>
            </Empty>
          }
        >
          {({ data, meta }) => <Ledger rows={data} project={project} now={meta.now} />}
        </Panel>
      </Section>
    </Page>
  )
}
