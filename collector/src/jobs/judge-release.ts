import {
  chooseBaseline,
  judgedUntilMinute,
  pastOf,
  pastSpan,
  type Baseline,
  type MinuteWindow,
} from '@aftermath/analysis/choose-baseline'
import { judge } from '@aftermath/analysis'
import { countedColumns, countedHistograms } from '@aftermath/analysis/counted-operations'
import type {
  Control,
  Judgement,
  LatencyHistograms,
  Lifecycle,
} from '@aftermath/analysis/judgement'
import { latencyThresholds, type OperationHistogram } from '@aftermath/analysis/latency-thresholds'
import { joinColumns, matchedColumns } from '@aftermath/analysis/matched-columns'
import type { MinuteColumns, VersionMinutes } from '@aftermath/analysis/minute-columns'
import { placeboLogRatios } from '@aftermath/analysis/placebo-pairs'
import { defaultPolicy } from '@aftermath/analysis/policy'
import { referenceOf } from '@aftermath/analysis/reference'
import type { VerdictState } from '@aftermath/schemas/verdict'
import { withoutMinutes } from './dirty-minutes.ts'
import { lastGoodBefore, type OrderedRelease } from '../releases/release-order.ts'
import { OTHER, type MinuteReader } from '../releases/read-minutes.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'

export interface Judged {
  release: OrderedRelease
  judgement: Judgement
  judgedMs: number
}

/** What a release is looked at with. Plain data: it crosses to another thread. */
export type Look = {
  line: ReleaseLine
  /** Every service of the project: what was deployed elsewhere meanwhile. */
  others: readonly ReleaseLine[]
  release: OrderedRelease
  /** Last verdicts by version: they decide which release may be a baseline. */
  verdicts: ReadonlyMap<string, VerdictState>
  /** Minutes whose counts wait for a repair: left out. */
  dirtyMinutes: readonly number[]
  nowMs: number
}

const MINUTE_MS = 60_000
const LATELY_MINUTES = 10
const USUAL_MINUTES = 60

/** Reads what a judgement is made of and judges. Undefined while the release has no judged minute. */
export async function judgeRelease(reader: MinuteReader, look: Look): Promise<Judged | undefined> {
  const { line, release, verdicts, nowMs } = look
  const minutes = withoutMinutes(reader, look.dirtyMinutes)
  const untilMinute = judgedUntilMinute(nowMs, defaultPolicy)
  const fromMinute =
    Math.floor(release.firstDeployedMs / MINUTE_MS) - defaultPolicy.baselineAgeMinutesMax
  const totals = await minutes.totals({ fromMinute, untilMinute })
  const releases = line.releases.map((one) => ({
    version: one.version,
    firstDeployedAtMs: one.firstDeployedMs,
    deployedAtMs: one.deployedMs,
    implausible: one.implausible !== undefined,
    verdict: verdicts.get(one.version) ?? null,
  }))
  const baseline = chooseBaseline({
    candidate: release.version,
    totals,
    releases,
    sloAlerts: [],
    nowMs,
    policy: defaultPolicy,
  })
  if (baseline === undefined) return undefined

  const histograms = await readArms(minutes, release.version, baseline)
  const thresholds = latencyThresholds(histograms.reference)
  const operations = operationsOf(histograms.reference, histograms.candidate)
  const read = async (within: MinuteWindow, candidate: string, versions: string[]) =>
    countedColumns(
      await minutes.operationMinutes(within, { candidate, versions, operations }, thresholds),
      defaultPolicy,
    )

  const window = baseline.reference
  const reference =
    window === null || baseline.version === null
      ? null
      : referenceOf({ columns: await read(window, '', [baseline.version]), ...window })
  const arms =
    baseline.kind === 'concurrent' && baseline.version !== null
      ? [release.version, baseline.version]
      : [release.version]
  const span = pastSpan(baseline)
  const controls = span === null ? [] : await minutes.controls(span, baseline.comparison)

  const judgement = judge({
    candidate: release.version,
    baseline,
    reference,
    columns: joinColumns([
      await read(baseline.comparison, release.version, arms),
      await readMatched(baseline, (past, version) => read(past, '', [version])),
    ]),
    histograms: countedArms(histograms),
    signals: [],
    users: null,
    instances: null,
    sampling: { weight: 1, biased: false },
    controls: controls.filter(({ service }) => !deployedWithin(look.others, service, baseline)),
    lifecycle: lifecycleOf(look, totals, controls, baseline.comparison.untilMinute),
    placeboLogRatios: placeboLogRatios({ totals, releases, baseline, policy: defaultPolicy }),
    nowMs,
    policy: defaultPolicy,
  })
  return { release, judgement, judgedMs: nowMs }
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

function countedArms({ baseline, candidate, candidateRecent }: LatencyHistograms) {
  const counted = (rows: OperationHistogram[]) => countedHistograms(rows, defaultPolicy)
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
function deployedWithin(
  others: readonly ReleaseLine[],
  service: string,
  baseline: Baseline,
): boolean {
  const fromMs = (pastSpan(baseline) ?? baseline.comparison).fromMinute * MINUTE_MS
  const untilMs = baseline.comparison.untilMinute * MINUTE_MS
  return others
    .filter((line) => line.service === service)
    .some(({ releases }) =>
      // The oldest release that we know did not begin with us: it only was there first.
      releases
        .slice(1)
        .some(({ firstDeployedMs }) => firstDeployedMs >= fromMs && firstDeployedMs < untilMs),
    )
}

function lifecycleOf(
  { line, release, verdicts }: Look,
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
  const good = lastGoodBefore(line.releases, release.version, (version) => verdicts.get(version))
  const place = line.releases.indexOf(release)
  return {
    serviceRequestsLately: lately,
    serviceRequestsUsual:
      (sum(latelyFrom - USUAL_MINUTES, latelyFrom) * LATELY_MINUTES) / USUAL_MINUTES,
    othersReport: controls.some(({ comparison }) =>
      comparison.minute.some((minute) => minute >= latelyFrom && minute < untilMinute),
    ),
    share: lately === 0 ? null : sum(latelyFrom, untilMinute, release.version) / lately,
    newerRelease:
      line.releases.slice(place + 1).find(({ implausible }) => implausible === undefined)
        ?.version ?? null,
    rollBackTo: good?.version ?? null,
    irreversibleMigration: line.releases
      .slice(good === undefined ? 0 : line.releases.indexOf(good) + 1, place + 1)
      .some(({ irreversibleMigration }) => irreversibleMigration),
    artifactsGone: false,
    flag: null,
    sloAlerts: [],
    decidedAtMs: null,
  }
}
