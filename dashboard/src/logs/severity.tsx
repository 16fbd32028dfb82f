import type { LogRow } from '@aftermath/schemas/api/logs'

const levels = [
  { from: 21, word: 'FATAL', className: 'font-semibold text-roll-back' },
  { from: 17, word: 'ERROR', className: 'font-medium text-roll-back' },
  { from: 13, word: 'WARN', className: 'font-medium text-patch' },
  { from: 9, word: 'INFO', className: '' },
  { from: 5, word: 'DEBUG', className: 'text-muted' },
  { from: 1, word: 'TRACE', className: 'text-muted' },
]

/** The sender's word for a record's severity, else OpenTelemetry's for its number. */
export function Severity({ row }: { row: Pick<LogRow, 'severity' | 'severityNumber'> }) {
  const level = levels.find(({ from }) => row.severityNumber >= from)
  const word = row.severity.trim() || level?.word || '–'
  return (
    <bdi
      title={row.severity.slice(0, 300)}
      className={`block truncate ${level?.className ?? 'text-muted'}`}
    >
      {word.slice(0, 40)}
    </bdi>
  )
}
