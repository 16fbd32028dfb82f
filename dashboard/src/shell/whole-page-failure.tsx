import type { ErrorComponentProps } from '@tanstack/react-router'
import { t } from '../strings/en.ts'
import { Failure } from '../ui/failure.tsx'
import { Page } from '../ui/page.tsx'

/** A page whose own code could not be loaded or drawn; loading it anew is the way on. */
export function WholePageFailure({ error }: ErrorComponentProps) {
  return (
    <Page name="failure" title={t.error.page} state="error">
      <h1 className="text-h1 font-semibold">{t.error.page}</h1>
      <Failure
        error={error instanceof Error ? error : new Error(String(error))}
        retry={() => location.reload()}
      />
    </Page>
  )
}
