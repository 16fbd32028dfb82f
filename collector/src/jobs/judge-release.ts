import {
  chooseBaseline,
  judgedUntilMinute,
  pastOf,
  pastSpan,
  type Baseline,
  type MinuteWindow,
} from '@aftermath/analysis/baseline/choose-baseline'
import { judge } from '@aftermath/analysis'
import { countedColumns, countedHistograms } from '@aftermath/analysis/counts/counted-operations'
import type {
  Control,
  Judgement,
  LatencyHistograms,
  Lifecycle,
} from '@aftermath/analysis/verdict/judgement'
import {
  latencyThresholds,
  type OperationHistogram,
} from '@aftermath/analysis/latency/latency-thresholds'
import { joinColumns, matchedColumns } from '@aftermath/analysis/baseline/matched-columns'
import type { MinuteColumns, VersionMinutes } from '@aftermath/analysis/counts/minute-columns'
import { placeboLogRatios } from '@aftermath/analysis/baseline/placebo-pairs'
import type { Policy } from '@aftermath/analysis/policy/policy'
import { referenceOf } from '@aftermath/analysis/baseline/reference'
import { OTHER } from '../releases/bucket-counts.ts'
import type { MinuteReader } from '../releases/read-minutes.ts'
import { signalInputs } from './signal-inputs.ts'
import type { JudgeContext, Surroundings } from './judge-context.ts'

/** What a release is looked at with. */
export type Look = {
  context: JudgeContext
  surroundings: Surroundings
  policy: Policy
  nowMs: number
}

const MINUTE_MS = 60_000
const LATELY_MINUTES = 10
const USUAL_MINUTES = 60

/** Reads what a judgement is made of and judges. Undefined while the release has no judged minute. */
export async function judgeRelease(
  minutes: MinuteReader,
  look: Look,
): Promise<Judgement | undefined> {
  const { context, policy, nowMs } = look
  const { version: candidate, releases } = context
  const self = releases.find(({ version }) => version === candidate)
  if (self === undefined) return undefined
  const totals = await minutes.totals({
    fromMinute: Math.floor(self.firstDeployedAtMs / MINUTE_MS) - policy.baselineAgeMinutesMax,
    untilMinute: judgedUntilMinute(nowMs, policy),
  })
  const baseline = chooseBaseline({
    candidate,
    totals,
    releases,
    sloAlerts: context.sloAlerts,
    nowMs,
    policy,
  })
  if (baseline === undefined) return undefined

  const histograms = await readArms(minutes, candidate, baseline)
  const thresholds = latencyThresholds(histograms.reference)
  const operations = operationsOf(histograms.reference, histograms.candidate)
  const read = async (within: MinuteWindow, arm1: string, versions: string[]) =>
    countedColumns(
      await minutes.operationMinutes(within, { candidate: arm1, versions, operations }, thresholds),
      policy,
    )

  const window = baseline.reference
  const reference =
    window === null || baseline.version === null
      ? null
      : referenceOf({ columns: await read(window, '', [baseline.version]), ...window })
  const arms =
    baseline.kind === 'concurrent' && baseline.version !== null
      ? [candidate, baseline.version]
      : [candidate]
  const signals =
    window === null
      ? []
      : [
          ...(await minutes.signals([baseline.version ?? ''], window)),
          ...(await minutes.signals(arms, baseline.comparison)),
        ]
  const span = pastSpan(baseline)
  const controls = span === null ? [] : await minutes.controls(span, baseline.comparison)

  return judge({
    candidate,
    baseline,
    reference,
    columns: joinColumns([
      await read(baseline.comparison, candidate, arms),
      await readMatched(baseline, (past, version) => read(past, '', [version])),
    ]),
    histograms: countedArms(histograms, policy),
    signals: signalInputs({ candidate, baseline, totals, minutes: signals }),
    users: null,
    instances: null,
    sampling: { weight: 1, biased: false },
    controls: controls.filter(
      ({ service }) => !deployedWithin(look.surroundings, service, baseline),
    ),
    lifecycle: lifecycleOf(context, totals, controls, baseline.comparison.untilMinute),
    placeboLogRatios: placeboLogRatios({ totals, releases, baseline, policy }),
    nowMs,
    policy,
  })
}

/** The baseline's minutes of earlier weeks, beside those of the comparison. */
async function readMatched(
  { version, pairs }: Baseline,
  read: (window: MinuteWindow, version: string) => Promise<MinuteColumns>,
): Promise<MinuteColumns> {
  const columns: MinuteColumns[] = []
  if (version === null) return matchedColumns([], [])
  for (const pair of pairs) columns.push(await read(pastOf(pair), version))
  return matchedColumns(pairs, columns)
}

/** Durations of both arms; `reference` fixes the thresholds, `baseline` is what is shown beside the candidate. */
async function readArms(
  minutes: MinuteReader,
  candidate: string,
  { kind, version, reference, comparison }: Baseline,
) {
  const read = async (of: string | null, window: MinuteWindow | null) =>
    of === null || window === null ? [] : minutes.histograms(of, window)
  const recent = {
    fromMinute: Math.max(comparison.fromMinute, comparison.untilMinute - USUAL_MINUTES),
    untilMinute: comparison.untilMinute,
  }
  const [before, own, ownRecent] = await Promise.all([
    read(version, reference),
    read(candidate, comparison),
    read(candidate, recent),
  ])
  const beside = kind === 'concurrent' ? await read(version, comparison) : before
  return { reference: before, baseline: beside, candidate: own, candidateRecent: ownRecent }
}

function countedArms({ baseline, candidate, candidateRecent }: LatencyHistograms, policy: Policy) {
  const counted = (rows: OperationHistogram[]) => countedHistograms(rows, policy)
  return {
    baseline: counted(baseline),
    candidate: counted(candidate),
    candidateRecent: counted(candidateRecent),
  }
}

/** Ignored ones too: what is not named here would be counted among the others. */
function operationsOf(...histograms: OperationHistogram[][]): string[] {
  const names = histograms.flatMap((rows) => rows.map(({ operation }) => operation))
  return [...new Set(names)].filter((operation) => operation !== OTHER).toSorted()
}

/** A release of another service in either window makes it no witness of what the rest went through. */
function deployedWithin({ services }: Surroundings, service: string, baseline: Baseline): boolean {
  const fromMs = (pastSpan(baseline) ?? baseline.comparison).fromMinute * MINUTE_MS
  const untilMs = baseline.comparison.untilMinute * MINUTE_MS
  const own = services.find((one) => one.service === service)
  return own?.deployedAtMs.some((atMs) => atMs >= fromMs && atMs < untilMs) ?? false
}

function lifecycleOf(
  { version: candidate, releases, rollBackTo, decidedAtMs, sloAlerts }: JudgeContext,
  totals: VersionMinutes,
  controls: readonly Control[],
  untilMinute: number,
): Lifecycle {
  const sum = (fromMinute: number, until: number, version?: string) => {
    let requests = 0
    for (let row = 0; row < totals.minute.length; row++) {
      const minute = totals.minute[row]!
      if (minute < fromMinute || minute >= until) continue
      if (version !== undefined && totals.versions[totals.version[row]!] !== version) continue
      requests += totals.requests[row]!
    }
    return requests
  }
  const latelyFrom = untilMinute - LATELY_MINUTES
  const lately = sum(latelyFrom, untilMinute)
  const indexOf = (version: string | null) => releases.findIndex((one) => one.version === version)
  const place = indexOf(candidate)
  return {
    serviceRequestsLately: lately,
    serviceRequestsUsual:
      (sum(latelyFrom - USUAL_MINUTES, latelyFrom) * LATELY_MINUTES) / USUAL_MINUTES,
    othersReport: controls.some(({ comparison }) =>
      comparison.minute.some((minute) => minute >= latelyFrom && minute < untilMinute),
    ),
    share: lately === 0 ? null : sum(latelyFrom, untilMinute, candidate) / lately,
    newerRelease:
      releases.slice(place + 1).find(({ implausible }) => !implausible)?.version ?? null,
    rollBackTo,
    irreversibleMigration: releases
      .slice(indexOf(rollBackTo) + 1, place + 1)
      .some(({ irreversibleMigration }) => irreversibleMigration),
    artifactsGone: false,
    flag: null,
    sloAlerts,
    decidedAtMs,
  }
}
