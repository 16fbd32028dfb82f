import { Page } from '../ui/page.tsx'
export function StartPage() {
  return (
    <Page name="start" title="Start" state="ready">
      <h1>Start</h1>
    </Page>
  )
}
