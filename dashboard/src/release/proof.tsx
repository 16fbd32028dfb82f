import type { ReleaseProof } from '@aftermath/schemas/api/releases'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'
import { t } from '../strings/release.ts'
import { Button } from '../ui/button.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Failure } from '../ui/failure.tsx'
import { Panel } from '../ui/panel.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { proofQuery, type ReleaseKey, type ReleaseView } from './release-queries.ts'

type Check = ReleaseProof['checks'][number]

/** The sentence's numbers, to be counted again by hand. */
export default function Proof({ releaseKey, view }: ProofProps) {
  const query = useQuery(proofQuery(releaseKey, view))
  return (
    <Panel
      name="proof"
      query={query}
      skeleton={<Skeleton className="h-48" />}
      isEmpty={({ checks }) => checks.length === 0}
      empty={<p className="text-muted">{t.proof.none}</p>}
    >
      {({ data }) => (
        <div className="flex flex-col gap-4">
          <p className="max-w-[80ch] text-muted">{t.proof.lead}</p>
          {data.checks.map((check) => (
            <Counted key={check.title} check={check} project={releaseKey.project} />
          ))}
          <p className="text-dense text-muted">{t.proof.late}</p>
        </div>
      )}
    </Panel>
  )
}

type ProofProps = { releaseKey: ReleaseKey; view: ReleaseView }

function Counted({ check, project }: { check: Check; project: string }) {
  const run = useMutation({
    mutationFn: () => api.query(apiPath.sql(project), check.sql),
  })
  const counted = (column: string): number | undefined => {
    const at = run.data?.meta.columns.findIndex(({ name }) => name === column) ?? -1
    return at < 0 ? undefined : Number(run.data?.data[0]?.[at])
  }
  return (
    <section aria-label={check.title} className="flex min-w-0 flex-col gap-2">
      <h3 className="font-medium" dir="auto">
        {check.title}
      </h3>
      <table className="w-full max-w-[720px] text-start">
        <thead>
          <tr className="border-b border-hairline text-dense text-muted">
            <th scope="col" className="py-1 text-start font-normal">
              {t.proof.column.what}
            </th>
            <th scope="col" className="py-1 text-end font-normal">
              {t.proof.column.said}
            </th>
            <th scope="col" className="py-1 text-end font-normal max-sm:hidden">
              {t.proof.column.judged}
            </th>
            <th scope="col" className="py-1 ps-3 text-end font-normal">
              {t.proof.column.counted}
            </th>
          </tr>
        </thead>
        <tbody>
          {check.expects.map(({ column, value, said }) => (
            <tr key={column} className="border-b border-hairline tabular-nums">
              <th scope="row" className="py-1 text-start font-mono text-dense font-normal">
                {column}
              </th>
              <td className="py-1 text-end font-medium">{said ?? ''}</td>
              <td className="py-1 text-end max-sm:hidden">{numberText(value)}</td>
              <td className="py-1 ps-3 text-end" data-counted={column}>
                <Result value={value} counted={counted(column)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="flex">
        <Button onClick={() => run.mutate()} disabled={run.isPending}>
          <Play aria-hidden size={14} />
          {run.isPending ? t.proof.running : t.proof.run}
        </Button>
      </div>
      {run.error !== null && <Failure error={run.error} retry={() => run.mutate()} />}
      <CodeBlock code={check.sql} label="SQL" />
    </section>
  )
}

function Result({ value, counted }: { value: number; counted: number | undefined }) {
  if (counted === undefined) return ''
  const same = Math.abs(counted - value) <= Math.max(1e-9, Math.abs(value) * 1e-6)
  return (
    <span className={same ? '' : 'text-patch'}>
      {numberText(counted)}{' '}
      <span className="text-dense text-muted">{same ? t.proof.same : t.proof.differs}</span>
    </span>
  )
}

const numberText = (value: number) =>
  Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(6)))
