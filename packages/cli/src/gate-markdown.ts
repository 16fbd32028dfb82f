import type { GateAnswer } from '@aftermath/schemas/api/gate'
import type { Evidence } from '@aftermath/schemas/verdict'
import { DECISION_WORD, VERDICT_WORD } from './gate-summary.ts'

/** The gate's answer as Markdown, for the summary of a run or a comment on a pull request. */
export function gateMarkdown(answer: GateAnswer): string {
  const { service, version, environment, verdict, severity, baseline, decision } = answer
  const word = severity === null ? VERDICT_WORD[verdict] : `${VERDICT_WORD[verdict]}, ${severity}`
  const told = answer.reasons.map(({ sentence, code }) => `- ${escaped(sentence)} (\`${code}\`)`)
  const evidence = answer.reasons.flatMap((reason) => reason.evidence ?? [])
  const compared =
    baseline.version === null
      ? 'No baseline'
      : `Compared with ${escaped(baseline.version)} (${baseline.kind.replaceAll('_', ' ')})`
  return [
    `### ${DECISION_WORD[decision]}: ${escaped(service)} ${escaped(version)} in ${escaped(environment)}, ${word}`,
    escaped(answer.sentence),
    ...(told.length === 0 ? [] : [told.join('\n')]),
    ...(answer.services === undefined ? [] : [serviceTable(answer.services)]),
    ...(evidence.length === 0 ? [] : [evidenceTable(evidence)]),
    ...(answer.eta === null
      ? []
      : [`About ${answer.eta.minutes} min left: ${escaped(answer.eta.needs)}.`]),
    `${compared}, data up to ${answer.asOf}. [Read on](<${answer.url.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`,
    '',
  ].join('\n\n')
}

function serviceTable(services: NonNullable<GateAnswer['services']>): string {
  return table(
    ['service', 'version', 'gate', 'verdict'],
    services.map((one) => [
      escaped(one.service),
      escaped(one.version),
      DECISION_WORD[one.decision],
      VERDICT_WORD[one.verdict],
    ]),
  )
}

function evidenceTable(evidence: readonly Evidence[]): string {
  return table(
    ['signal', 'before', 'now', 'difference (95 %)', 'n'],
    evidence.map((row) => [
      row.signal.replaceAll('_', ' '),
      valueOf(row.baseline.value, row),
      valueOf(row.candidate.value, row),
      `${effectOf(row.estimate, row)} (${effectOf(row.low, row)} to ${effectOf(row.high, row)})`,
      row.candidate.n.toLocaleString('en-US'),
    ]),
  )
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function valueOf(value: number | null, { unit }: Evidence): string {
  if (value === null) return '–'
  return unit === 'share' ? `${digits(value * 100)} %` : digits(value)
}

function effectOf(value: number | null, { unit }: Evidence): string {
  if (value === null) return '–'
  if (unit === 'ratio') return `×${digits(value)}`
  const sign = value > 0 ? '+' : ''
  return unit === 'share' ? `${sign}${digits(value * 100)} points` : sign + digits(value)
}

function digits(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

/** Names and sentences carry what users sent: none of it may become markup, or a mention. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]()<>#+!|~&-]/g, String.raw`\$&`)
    .replaceAll('@', '@\u200b')
}
