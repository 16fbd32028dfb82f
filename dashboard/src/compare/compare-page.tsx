import type { Comparison } from '@aftermath/schemas/api/compare'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { ArrowLeftRight } from 'lucide-react'
import type { Answer } from '../api/api.ts'
import { formatDuration } from '../format/duration.ts'
import { formatCompact, formatCount, formatRate } from '../format/number.ts'
import { page } from '../paths.ts'
import { ForestPlot } from '../release/forest-plot.tsx'
import { OperationTable } from '../release/operation-table.tsx'
import { releasesQuery } from '../releases/releases-queries.ts'
import { useChangeSearch, useScope } from '../search/use-search-state.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'
import { IconButton } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Moment } from '../ui/moment.tsx'
import { Name } from '../ui/name.tsx'
import { Page } from '../ui/page.tsx'
import { neverEmpty, stateOf } from '../ui/page-state.ts'
import { Panel, Section } from '../ui/panel.tsx'
import { type Column, RowTable } from '../ui/row-table.tsx'
import { Select } from '../ui/select.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { Strip } from '../ui/strip.tsx'
import { type Compared, compareQuery } from './compare-query.ts'

const from = '/p/$project/compare/$service'

/** Any two releases of a service, minute laid over minute. */
export function ComparePage() {
  const { project, service } = useParams({ from })
  const { base, target, align, env } = useSearch({ from })
  const chosen = base !== undefined && target !== undefined && base !== target
  return chosen ? (
    <Both compared={{ project, service, environment: env, base, target, align }} />
  ) : (
    <Page name="compare" title={t.compare.title(service)} state="empty">
      <Head service={service} />
      <Empty title={t.compare.choose}>
        <p className="text-muted">{t.compare.chooseText}</p>
      </Empty>
    </Page>
  )
}

function Both({ compared }: { compared: Compared }) {
  const query = useQuery(compareQuery(compared))
  return (
    <Page
      name="compare"
      title={t.compare.title(compared.service)}
      state={stateOf(query, neverEmpty)}
    >
      <Head service={compared.service} />
      <Panel name="compare" query={query} skeleton={<SkeletonRows rows={10} className="h-11" />}>
        {(answer) => <Compared answer={answer} project={compared.project} />}
      </Panel>
    </Page>
  )
}

/** What is compared with what, and how their minutes are laid over each other. */
function Head({ service }: { service: string }) {
  const { base, target, align } = useSearch({ from })
  const change = useChangeSearch()
  const versions = useVersions(service)
  const side = (name: 'base' | 'target', value: string | undefined) => (
    <span className="flex min-w-0 items-center">
      <span className="text-muted">{t.compare[name]}</span>
      <Select
        label={t.compare[name]}
        value={value ?? ''}
        options={[
          ...(value === undefined ? [{ value: '', text: '–' }] : []),
          ...[...new Set([...(value === undefined ? [] : [value]), ...versions])].map(
            (version) => ({ value: version, text: version }),
          ),
        ]}
        onChange={(version) => change({ [name]: version === '' ? undefined : version })}
        className="font-medium"
      />
    </span>
  )
  return (
    <header className="flex flex-col gap-3">
      <h1 className="text-h1 font-semibold tracking-tight" dir="auto">
        {t.compare.heading} <bdi>{service}</bdi>
      </h1>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {side('base', base)}
        <IconButton label={t.compare.swap} onClick={() => change({ base: target, target: base })}>
          <ArrowLeftRight aria-hidden size={16} />
        </IconButton>
        {side('target', target)}
        <fieldset className="flex flex-wrap items-center gap-x-4">
          <legend className="sr-only">{t.compare.align}</legend>
          {(['deployment', 'clock'] as const).map((way) => (
            <label key={way} className="flex min-h-8 items-center gap-1.5">
              <input
                type="radio"
                name="align"
                checked={(align ?? 'deployment') === way}
                onChange={() => change({ align: way === 'clock' ? way : undefined })}
                className="size-4 accent-(--focus)"
              />
              {t.compare.alignBy[way]}
            </label>
          ))}
        </fieldset>
      </div>
    </header>
  )
}

/** Releases of the service within a month: more can be named in the address. */
function useVersions(service: string): string[] {
  const { project, environment } = useScope()
  const { data } = useQuery(
    releasesQuery({ project, environment, service, from: '-30d', to: 'now' }),
  )
  return data?.data.map(({ version }) => version) ?? []
}

function Compared({ answer: { data, meta }, project }: ComparedProps) {
  const { base, target, differentHours, evidence, service, environment } = data
  const few = [base, target].filter(({ needed }) => needed > 0)
  // What the target's requests are looked up by: the minutes that were compared.
  const life = {
    service,
    environment,
    version: target.version,
    firstSeen: target.from ?? meta.now,
    lastSeen: target.to ?? meta.now,
  }
  return (
    <div className="flex flex-col gap-8">
      <div>
        {differentHours && <Strip>{t.compare.differentHours}</Strip>}
        {target.from === null ? (
          <Strip>{t.compare.never}</Strip>
        ) : (
          few.map(({ version, needed }) => (
            <Strip key={version}>
              <span data-testid="needed">
                {t.compare.few(version.slice(0, 200), words.release.exposure.requests(needed))}
              </span>
            </Strip>
          ))
        )}
        <Sides data={data} project={project} now={meta.now} />
      </div>
      <Section title={t.compare.forest}>
        <ForestPlot evidence={evidence} project={project} release={life} arms={t.compare.arm} />
        <p className="max-w-[80ch] text-muted">{data.guarantee}</p>
      </Section>
      <Section title={t.compare.operations}>
        <OperationTable rows={data.operations} project={project} release={life} />
      </Section>
    </div>
  )
}
type ComparedProps = { answer: Answer<Comparison>; project: string }

type SideRow = Comparison['base'] & { name: string }

/** Both in numbers, of the minutes that were compared. */
function Sides({ data, project, now }: { data: Comparison; project: string; now: string }) {
  const rows: SideRow[] = [
    { ...data.base, name: t.compare.base },
    { ...data.target, name: t.compare.target },
  ]
  return (
    <RowTable
      label={t.compare.side}
      rows={rows}
      keyOf={({ name }) => name}
      columns={sideColumns(data, project, now)}
    />
  )
}

const sideColumns = (
  { service, environment }: Comparison,
  project: string,
  now: string,
): Column<SideRow>[] => [
  {
    head: t.compare.column.side,
    cell: ({ name }) => name,
    speaks: true,
    className: 'text-muted',
  },
  {
    head: t.compare.column.release,
    cell: ({ version }) => (
      <Link
        {...page.release(project, { service, version })}
        search={(present) => ({ ...present, env: environment })}
        className="font-medium underline-offset-2 hover:underline"
      >
        <Name>{version}</Name>
      </Link>
    ),
    speaks: true,
    className: 'max-w-0 md:w-[24%] max-md:col-span-2 max-md:max-w-none',
  },
  {
    head: t.compare.column.window,
    cell: ({ from: begin, to: end }) =>
      begin === null || end === null ? (
        '–'
      ) : (
        <>
          <Moment at={begin} now={now} /> – <Moment at={end} now={now} />
        </>
      ),
    wide: true,
  },
  {
    head: words.column.traffic,
    cell: ({ requests }) => <span title={formatCount(requests)}>{formatCompact(requests)}</span>,
    numeric: true,
  },
  {
    head: words.column.failing,
    cell: ({ requests, failures }) => formatRate(requests > 0 ? failures / requests : null),
    numeric: true,
  },
  { head: words.column.p95, cell: ({ p95Ns }) => formatDuration(p95Ns), numeric: true },
]
