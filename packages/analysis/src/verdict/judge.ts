import type { BaselineSummary } from '@aftermath/schemas/verdict'
import { pastSpan } from '../baseline/choose-baseline.ts'
import { changesOf } from './changes-it.ts'
import { evidenceRows } from './evidence-rows.ts'
import { foldMinutes } from '../watch/fold-minutes.ts'
import type { FoldedMinutes } from '../watch/fold-minutes.ts'
import type { Judgement, JudgeInput } from './judgement.ts'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import { excessFailures, usersReached } from './reach.ts'
import { releaseEta } from './release-eta.ts'
import { roundDigits } from '../methods/round-digits.ts'
import { reasonsOf, verdictSentence } from './verdict-words.ts'

/** Stored with every verdict: another code may judge the same data otherwise. */
export const CODE_VERSION = '1'

/**
 * Judges a release: folds its minutes, in order, into a verdict with its evidence.
 *
 * Pure: the same input gives the same answer byte for byte. Looking every second instead of every
 * hour changes nothing, since verdicts hang on judged minutes and not on looks; late data is met by
 * judging again from the start.
 */
export function judge(input: JudgeInput): Judgement {
  const fold = foldMinutes(input)
  const { watch, evidence, context, untilMinute } = fold
  const { decision, sinceMinute } = fold.held
  const settling = decision.state === 'insufficient_data' || decision.state === 'watch'
  const told = {
    decision,
    evidence,
    watch,
    input,
    rows: evidenceRows(watch, evidence, input),
    eta: settling ? releaseEta(watch, input) : null,
    excessFailures: excessFailures(watch, input),
    usersReached: usersReached(input),
    baselineKind: context.baselineKind,
    judgedMinutes: watch.judgedMinutes,
  }
  return roundDigits({
    verdict: decision.state,
    severity: decision.severity,
    action: decision.action,
    sentence: verdictSentence(told),
    evidence: told.rows.map((row) => row.evidence),
    eta: told.eta,
    reasons: reasonsOf(told),
    changesIt: changesOf(told),
    flags: flagsOf(fold, input),
    baseline: summaryOf(input),
    judgedUntilMs: untilMinute * MINUTE_MS,
    judgedMinutes: told.judgedMinutes,
    sinceMs: sinceMinute * MINUTE_MS,
    excessFailures: told.excessFailures,
    usersReached: told.usersReached,
    newOperations: watch.newOperations.seen,
    logE: watch.totalLogE('exact'),
    guarantee: guaranteeOf(fold, input),
    policyVersion: input.policy.version,
    codeVersion: CODE_VERSION,
  })
}

function flagsOf(
  { context, evidence, watch, ended }: FoldedMinutes,
  { reference, baseline }: JudgeInput,
): string[] {
  const flags: [string, boolean][] = [
    ['baseline_bad', context.baselineBad],
    ['no_controls', context.noControls],
    ['no_reference', baseline.kind === 'concurrent' && reference === null],
    ['global_shift', watch.comparesOverTime && watch.controls.globalShift],
    ['instance_outlier', evidence.outlierInstance !== null],
    ['clock_skew', watch.instances.skewed.length > 0],
    ['biased_sample', context.fault === 'biased_sample'],
    ['new_operation', watch.newOperations.seen.length > 0],
    ['silent', context.silent],
    ['ended', ended],
  ]
  return flags.filter(([, holds]) => holds).map(([flag]) => flag)
}

function summaryOf({ baseline }: JudgeInput): BaselineSummary {
  const used = baseline.kind === 'concurrent' ? baseline.comparison : pastSpan(baseline)
  const at = (minute: number) => new Date(minute * MINUTE_MS).toISOString()
  return {
    version: baseline.version,
    kind: baseline.named ? 'named' : baseline.kind,
    from: used === null ? null : at(used.fromMinute),
    to: used === null ? null : at(used.untilMinute),
    why: baseline.why,
  }
}

function guaranteeOf({ context }: FoldedMinutes, { policy }: JudgeInput): string {
  const one = `At most 1 in ${policy.thresholds.rollBack} harmless releases is ever judged harmful, however often one looks`
  return context.baselineKind === 'concurrent' || context.baselineKind === 'none'
    ? `${one}.`
    : `${one}; compared over time, as far as the allowance for changes of the day holds.`
}
