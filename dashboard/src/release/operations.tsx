import type { OperationRow } from '@aftermath/schemas/api/releases'
import { useQuery } from '@tanstack/react-query'
import { t as words } from '../strings/en.ts'
import { Panel } from '../ui/panel.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { OperationTable } from './operation-table.tsx'
import type { ReleaseLife } from './release-links.ts'
import { operationsQuery, type ReleaseKey } from './release-queries.ts'

const isEmpty = (rows: OperationRow[]) => rows.length === 0

/** Each operation of the release beside the same of its baseline. */
export default function Operations({ releaseKey, release }: OperationsProps) {
  const query = useQuery(operationsQuery(releaseKey))
  return (
    <Panel
      name="operations"
      query={query}
      skeleton={<SkeletonRows rows={6} className="h-11" />}
      isEmpty={isEmpty}
      empty={<p className="text-muted">{words.release.operationsEmpty}</p>}
    >
      {({ data }) => <OperationTable rows={data} project={releaseKey.project} release={release} />}
    </Panel>
  )
}

type OperationsProps = { releaseKey: ReleaseKey; release: ReleaseLife }
