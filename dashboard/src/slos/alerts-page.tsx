import type { Slo } from '@aftermath/schemas/api/slos'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { formatRate, unknownMark } from '../format/number.ts'
import { page } from '../paths.ts'
import { useLive, useProject, useScope } from '../search/use-search-state.ts'
import { t } from '../strings/slos.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { Empty } from '../ui/empty.tsx'
import { Name } from '../ui/name.tsx'
import { Page, PageHead } from '../ui/page.tsx'
import { stateOf } from '../ui/page-state.ts'
import { Panel } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { slosQuery } from './slo-queries.ts'
import { SloStateLabel } from './slo-state-label.tsx'

const isEmpty = (slos: Slo[]) => slos.length === 0

/** What is promised of the services, and what is left of it. */
export function AlertsPage() {
  const scope = useScope()
  const project = useProject()
  const { refetchInterval } = useLive()
  const query = useQuery({ ...slosQuery(scope), refetchInterval })
  return (
    <Page name="alerts" title={t.title} state={stateOf(query, isEmpty)}>
      <PageHead title={t.title} />
      <Panel
        name="slos"
        query={query}
        isEmpty={isEmpty}
        skeleton={<SkeletonRows rows={6} className="h-14 max-md:h-36" />}
        empty={
          <Empty title={t.emptyTitle}>
            <p className="max-w-[70ch] text-muted">{t.emptyText}</p>
            <CodeBlock code={sample} label="slos.yaml" />
            <CodeBlock code="npx aftermath slo apply slos.yaml" label="Shell" />
          </Empty>
        }
      >
        {({ data }) => (
          <RowTable
            label={t.objectives}
            rows={data}
            keyOf={({ id }) => id}
            columns={columnsOf(project)}
          />
        )}
      </Panel>
    </Page>
  )
}

const sample = `slos:
  - id: shop-answers
    service: shop
    environment: production
    sli: { kind: availability }
    target: 0.999`

function columnsOf(project: string): Column<Slo>[] {
  const { column } = t
  return [
    { head: column.state, cell: ({ state }) => <SloStateLabel state={state} />, speaks: true },
    {
      head: column.objective,
      cell: ({ id, name, service, environment, sentence }) => (
        <div className="flex min-w-0 flex-col gap-0.5">
          <Link {...page.slo(project, id)} className="min-w-0 font-medium hover:underline">
            <Name>{name ?? id}</Name>
          </Link>
          <span className="text-dense text-muted" dir="auto">
            {service} · {environment}
          </span>
          <span className="text-dense" dir="auto">
            {sentence}
          </span>
        </div>
      ),
      wide: true,
      speaks: true,
      className: 'max-w-0 md:w-[44%] max-md:max-w-none',
    },
    { head: column.promise, cell: ({ target, periodDays }) => t.promise(target, periodDays) },
    { head: column.left, cell: ({ budgetLeft }) => formatRate(budgetLeft), numeric: true },
    {
      head: column.spender,
      cell: ({ releases }) => {
        const [first] = releases
        return first === undefined || first.spent === null || first.spent === 0 ? (
          unknownMark
        ) : (
          <span className="whitespace-nowrap">
            <bdi>{first.version === '' ? t.noVersion : first.version.slice(0, 40)}</bdi>{' '}
            {formatRate(first.spent)}
          </span>
        )
      },
      numeric: true,
    },
  ]
}
