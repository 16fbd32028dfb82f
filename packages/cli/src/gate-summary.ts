import type { GateAnswer } from '@aftermath/schemas/api/gate'

/** The gate's answer for people: decision, sentence, reasons, where to read on. */
export function gateSummary(answer: GateAnswer): string {
  const { service, version, environment, severity, verdict, baseline } = answer
  const word = VERDICT_WORD[verdict]
  const compared =
    baseline.version === null
      ? 'no baseline'
      : `against ${baseline.version} (${baseline.kind.replaceAll('_', ' ')})`
  return [
    `${DECISION_WORD[answer.decision]}  ${service} ${version} in ${environment}: ` +
      (severity === null ? word : `${word}, ${severity}`),
    answer.sentence,
    ...answer.reasons.map(({ code, sentence }) => `  - ${sentence} [${code}]`),
    ...(answer.services ?? []).map(
      (one) => `  ${DECISION_WORD[one.decision]}  ${one.service}: ${VERDICT_WORD[one.verdict]}`,
    ),
    ...(answer.eta === null ? [] : [`  about ${answer.eta.minutes} min: ${answer.eta.needs}`]),
    `${compared}, data up to ${answer.asOf}`,
    answer.url,
  ].join('\n')
}

export const DECISION_WORD = { pass: 'PASS', fail: 'FAIL', wait: 'UNDECIDED' }

export const VERDICT_WORD = {
  ship: 'ship',
  insufficient_data: 'collecting',
  watch: 'watch',
  patch: 'patch',
  roll_back: 'roll back',
}
