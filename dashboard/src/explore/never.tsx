import { Link } from '@tanstack/react-router'
import { page } from '../paths.ts'
import { useProject } from '../search/use-search-state.ts'
import { t as shared } from '../strings/en.ts'
import { t } from '../strings/explore.ts'
import { CodeBlock } from '../ui/code-block.tsx'
import { Empty } from '../ui/empty.tsx'

/** Nothing of a signal was ever seen: the variables that make an SDK send it. */
export function Never({ signal }: { signal: 'trace' | 'log record' | 'metric' }) {
  const exporter = { trace: 'TRACES', 'log record': 'LOGS', metric: 'METRICS' }[signal]
  const lines = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318`,
    `export OTEL_${exporter}_EXPORTER=otlp`,
  ]
  return (
    <Empty title={t.exportersTitle(signal)}>
      <p className="text-muted">{t.exportersText}</p>
      <CodeBlock code={lines.join('\n')} label="OpenTelemetry" />
      <Link {...page.start(useProject())} className="underline">
        {shared.overview.connect}
      </Link>
    </Empty>
  )
}
