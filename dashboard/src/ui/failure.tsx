import { CircleAlert, RotateCw } from 'lucide-react'
import { ApiError } from '../api/api-error.ts'
import { t } from '../strings/en.ts'
import { Button } from './button.tsx'

/** What failed, why, and what to do about it. */
export function Failure({ error, retry }: { error: Error; retry: () => void }) {
  const { title, detail, requestId } = describe(error)
  return (
    <div
      role="alert"
      className="flex flex-wrap items-start gap-x-4 gap-y-3 rounded-panel border border-hairline bg-surface p-4"
    >
      <CircleAlert aria-hidden size={20} className="shrink-0 text-roll-back" />
      <div className="min-w-0 grow basis-60">
        <p className="font-medium" dir="auto">
          {title}
        </p>
        {detail !== undefined && (
          <p className="text-muted" dir="auto">
            {detail}
          </p>
        )}
        {requestId !== undefined && (
          <p className="text-dense text-muted">
            {t.error.requestId} <code className="font-mono select-all">{requestId}</code>
          </p>
        )}
      </div>
      <Button onClick={retry}>
        <RotateCw aria-hidden size={14} />
        {t.error.retry}
      </Button>
    </div>
  )
}

function describe(error: Error) {
  if (!(error instanceof ApiError)) {
    return { title: t.error.drawing, detail: error.message, requestId: undefined }
  }
  const { failure, requestId } = error
  if (failure.kind !== 'problem') return { ...t.error[failure.kind], requestId }
  const { status, problem } = failure
  const details = problem?.errors?.map(({ path, message }) => `${path}: ${message}`) ?? []
  return {
    title: problem?.title ?? t.error.status(status),
    detail: [problem?.detail, ...details].filter(Boolean).join(' · ') || undefined,
    requestId,
  }
}
