import { Link } from '@tanstack/react-router'
import { page } from '../paths.ts'
import { useProject } from '../search/use-search-state.ts'
import { t } from '../strings/en.ts'
import { Page } from '../ui/page.tsx'

export function NotFoundPage() {
  const project = useProject()
  return (
    <Page name="not-found" title={t.notFound.title} state="empty">
      <h1 className="text-verdict font-semibold tracking-tight">{t.notFound.title}</h1>
      <p className="max-w-prose text-lead text-muted">{t.notFound.text}</p>
      <ul className="flex flex-wrap gap-x-6 gap-y-2">
        <li>
          <Link {...page.overview(project)} className="inline-flex min-h-6 items-center underline">
            {t.nav.overview}
          </Link>
        </li>
        <li>
          <Link {...page.releases(project)} className="inline-flex min-h-6 items-center underline">
            {t.nav.releases}
          </Link>
        </li>
        <li>
          <Link {...page.start(project)} className="inline-flex min-h-6 items-center underline">
            {t.nav.start}
          </Link>
        </li>
      </ul>
    </Page>
  )
}
