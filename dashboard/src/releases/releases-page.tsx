import { Page } from '../ui/page.tsx'
export function ReleasesPage() {
  return (
    <Page name="releases" title="Releases" state="ready">
      <h1>Releases</h1>
    </Page>
  )
}
