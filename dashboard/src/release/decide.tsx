import type { Decision, DecisionAction } from '@aftermath/schemas/api/decisions'
import type { ReleaseReport } from '@aftermath/schemas/api/releases'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useId, useState } from 'react'
import { api } from '../api/api.ts'
import { apiPath } from '../paths.ts'
import { recents } from '../shell/recents.ts'
import { t as words } from '../strings/en.ts'
import { t } from '../strings/release.ts'
import { Button } from '../ui/button.tsx'
import { Failure } from '../ui/failure.tsx'
import type { ReleaseKey } from './release-queries.ts'

type DecideProps = { report: ReleaseReport; releaseKey: ReleaseKey }

const offered: { action: DecisionAction; label: string; needsReason: boolean }[] = [
  { action: 'accept', label: t.decide.accept, needsReason: true },
  { action: 'hold', label: t.decide.hold, needsReason: true },
  { action: 'roll_back', label: t.decide.rollBack, needsReason: false },
  { action: 'patch', label: t.decide.patch, needsReason: false },
]

/** What a person does about the release: recorded against the verdict that they saw. */
export default function Decide({ report, releaseKey }: DecideProps) {
  const queries = useQueryClient()
  const [action, setAction] = useState<DecisionAction>('accept')
  const [reason, setReason] = useState('')
  const [by, setBy] = useState(recents.name)
  const reasonId = useId()
  const needsReason = offered.some((one) => one.action === action && one.needsReason)
  const refresh = () => {
    for (const queryKey of [['release'], ['decisions'], ['calibration'], ['overview']]) {
      void queries.invalidateQueries({ queryKey })
    }
  }
  const decide = useMutation({
    mutationFn: () =>
      api.post(
        apiPath.decide(releaseKey.project),
        {
          service: report.service,
          version: report.version,
          environment: report.environment,
          action,
          reason: reason.trim(),
          by: by.trim(),
          against: report.verdict,
        },
        'decision',
      ),
    onSuccess: () => {
      recents.setName(by.trim())
      setReason('')
      refresh()
    },
  })
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    decide.mutate()
  }
  return (
    <form onSubmit={onSubmit} className="flex max-w-[640px] flex-col gap-4" data-panel="decide">
      <p className="text-muted">{t.decide.lead}</p>
      <fieldset className="flex flex-wrap gap-x-6 gap-y-1">
        <legend className="sr-only">{t.decide.title}</legend>
        {offered.map((one) => (
          <label key={one.action} className="flex min-h-8 items-center gap-2">
            <input
              type="radio"
              name="action"
              value={one.action}
              checked={action === one.action}
              onChange={() => setAction(one.action)}
              className="size-4 accent-(--focus)"
            />
            {one.label}
          </label>
        ))}
      </fieldset>
      <div className="flex flex-col gap-1">
        <label htmlFor={reasonId}>{t.decide.reason}</label>
        <textarea
          id={reasonId}
          value={reason}
          rows={2}
          maxLength={2000}
          required={needsReason}
          placeholder={t.decide.reasonHint}
          onChange={(event) => setReason(event.target.value)}
          className="w-full rounded-control border border-line bg-bg px-3 py-2 placeholder:text-muted"
        />
        {needsReason && <span className="text-dense text-muted">{t.decide.needsReason}</span>}
      </div>
      <label className="flex flex-col gap-1">
        {t.decide.by}
        <input
          value={by}
          maxLength={200}
          autoComplete="name"
          onChange={(event) => setBy(event.target.value)}
          className="h-9 w-full max-w-72 rounded-control border border-line bg-bg px-3"
        />
      </label>
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={decide.isPending}>
          {t.decide.send}
        </Button>
        {decide.data !== undefined && (
          <Recorded
            key={decide.data.data.id}
            decision={decide.data.data}
            project={releaseKey.project}
            now={decide.data.meta.now}
            onUndone={refresh}
          />
        )}
      </div>
      {decide.error !== null && <Failure error={decide.error} retry={() => decide.mutate()} />}
    </form>
  )
}

type RecordedProps = { decision: Decision; project: string; now: string; onUndone: () => void }

/** Said at once, and for some seconds it can be taken back. */
function Recorded({ decision, project, now, onUndone }: RecordedProps) {
  const [left, setLeft] = useState(() =>
    Math.max(0, Math.round((Date.parse(decision.undoableUntil) - Date.parse(now)) / 1000)),
  )
  const undo = useMutation({
    mutationFn: () => api.post(apiPath.undoDecision(project, decision.id), {}, 'decision'),
    onSuccess: onUndone,
  })
  useEffect(() => {
    if (left <= 0) return undefined
    const timer = setTimeout(() => setLeft(left - 1), 1000)
    return () => clearTimeout(timer)
  }, [left])
  const action = words.release.decision[decision.action]
  return (
    <>
      <span role="status">{undo.isSuccess ? t.decide.undone : t.decide.done(action)}</span>
      {left > 0 && !undo.isSuccess && (
        <Button onClick={() => undo.mutate()} disabled={undo.isPending}>
          {t.decide.undo(left)}
        </Button>
      )}
      {undo.error !== null && <Failure error={undo.error} retry={() => undo.mutate()} />}
    </>
  )
}
