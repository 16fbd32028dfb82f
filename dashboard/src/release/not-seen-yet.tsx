import { t } from '../strings/en.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { Page } from '../ui/page.tsx'
import type { ReleaseKey } from './release-queries.ts'
import { quoted } from './shell-lines.ts'

/** A release nobody has heard of: what would make it appear. */
export function NotSeenYet({ service, version, environment }: ReleaseKey) {
  const line = [
    'npx aftermath deploy',
    `--service ${quoted(service)}`,
    `--version ${quoted(version)}`,
    ...(environment === undefined ? [] : [`--environment ${quoted(environment)}`]),
  ].join(' ')
  return (
    <Page name="release" title={`${t.release.notSeenTitle} · ${service} ${version}`} state="empty">
      <h1 className="text-h1 font-semibold tracking-tight" dir="auto">
        <bdi>{service}</bdi> <bdi className="font-normal">{version}</bdi>
      </h1>
      <p className="text-verdict font-medium tracking-tight">{t.release.notSeenTitle}</p>
      <p className="max-w-[70ch] text-muted" dir="auto">
        {t.release.notSeenText(service.slice(0, 200), environment)}
      </p>
      <CodeBlock code={line} label="aftermath" />
    </Page>
  )
}
