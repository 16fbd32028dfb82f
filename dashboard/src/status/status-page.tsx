import { Page } from '../ui/page.tsx'
export function StatusPage() {
  return (
    <Page name="status" title="Status" state="ready">
      <h1>Status</h1>
    </Page>
  )
}
