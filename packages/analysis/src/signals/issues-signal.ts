import type { Exactness } from '../watch/comparison.ts'
import { CountCursor } from '../counts/count-cursor.ts'
import { countReference } from '../baseline/count-reference.ts'
import type { CountReference } from '../baseline/count-reference.ts'
import { designEffect, poissonVariance } from '../methods/design-effect.ts'
import { KeptStrata } from '../counts/kept-strata.ts'
import { MinuteTerms } from '../watch/minute-terms.ts'
import { ratioBeyondDrift } from '../baseline/rate-nulls.ts'
import { blockOf, DESIGN_EFFECT_UNKNOWN } from '../baseline/reference.ts'
import type { RateTest, ScopeRule } from '../watch/scope-start.ts'
import type { SignalSeries } from './signal-change.ts'
import type { CountRows, ExposureRows, IssueRows, IssuesInput } from './signal-input.ts'
import type { SignalContext, SignalScope } from './stratified-signal.ts'
import { scopeAllowance } from '../baseline/time-shift.ts'
import { WatchedScope } from '../watch/watched-scope.ts'
import { LogSum } from '../methods/weighted-log-e.ts'

/** Fewer events than this in a window are too rare to measure how they cluster. */
const CLUSTERED_EVENTS_MIN = 20
/** Births and issues not seen before cluster by an unknown effect. */
const PHI_UNSEEN = DESIGN_EFFECT_UNKNOWN
const DAY_MINUTES = 24 * 60
/** Of births, days differ by at least this. */
const BIRTHS_KAPPA_MIN = 0.5

/**
 * Issues of a release, without the trap of looking at new ones alone, which no healthy release
 * would survive: a third each on everything unhandled, on births credited to the arm that had the
 * first event, and on the mean over every issue of either arm. Given the totals, both arms are
 * alike in all three.
 */
export class IssuesSignal {
  readonly input: IssuesInput
  readonly #sides: IssuesSide[]
  readonly #unhandled: CountCursor
  readonly #births: CountCursor
  readonly #instances: CountCursor | undefined
  /** Rows of events in order of minutes, then issues. */
  readonly #events: Uint32Array
  #nextEvent = 0
  #version = 0
  /** Made again once a side knows one more. */
  #seen: { known: number; issues: number[] } = { known: 0, issues: [] }
  readonly #firstMinute: number
  readonly #before: IssuesPast | undefined

  constructor(input: IssuesInput, context: SignalContext) {
    this.input = input
    this.#firstMinute = context.firstMinute
    const { comparison } = input
    this.#unhandled = new CountCursor(withExposure(comparison, comparison.exposure), ONE)
    this.#births = new CountCursor(birthRows(input), ONE)
    this.#instances =
      comparison.instanceMinutes === null
        ? undefined
        : new CountCursor(withExposure(comparison, comparison.instanceMinutes), ONE)
    const rows = Uint32Array.from(comparison.minute, (_, row) => row)
    this.#events = rows.toSorted((a, b) => {
      return (
        comparison.minute[a]! - comparison.minute[b]! || comparison.issue[a]! - comparison.issue[b]!
      )
    })
    const before = pastOf(input, context)
    this.#before = before
    const { concurrent } = context
    const both = concurrent && before !== undefined
    const weight = both ? 0.5 : 1
    const beside = concurrent
      ? [new IssuesSide({ input, context, before, overTime: false, weight })]
      : []
    const over =
      before === undefined
        ? []
        : [new IssuesSide({ input, context, before, overTime: true, weight })]
    this.#sides = [...beside, ...over]
  }

  get hasReference(): boolean {
    return this.#before !== undefined
  }

  /** Adds a minute, warm-up included; minutes come in ascending order. */
  add(minute: number, overTime: boolean): void {
    const side = this.#sides.find((each) => each.overTime === overTime)
    if (this.#instances?.seek(minute) === true) side?.addInstances(minute, this.#instances)
    if (minute < this.#firstMinute) return
    if (this.#unhandled.seek(minute)) side?.addUnhandled(minute, this.#unhandled)
    if (this.#births.seek(minute)) side?.addBirths(minute, this.#births)
    this.#addEvents(minute, side)
  }

  #addEvents(minute: number, side: IssuesSide | undefined): void {
    const { minute: minutes, issue, arm, events } = this.input.comparison
    while (this.#nextEvent < this.#events.length) {
      const row = this.#events[this.#nextEvent]!
      if (minutes[row]! > minute) return
      const index = issue[row]!
      const counts: [number, number] = [0, 0]
      for (; this.#nextEvent < this.#events.length; this.#nextEvent += 1) {
        const next = this.#events[this.#nextEvent]!
        if (minutes[next] !== minutes[row] || issue[next] !== index) break
        counts[arm[next] === 1 ? 1 : 0] += events[next]!
      }
      // Rows of minutes that are not judged are passed over.
      if (minutes[row] !== minute || index < 0) continue
      side?.addIssue(minute, index, counts, this.#unhandled)
      this.#version += 1
    }
  }

  /** ln of the mean e-value over its comparisons. */
  logE(how: Exactness): number {
    const sum = new LogSum()
    for (const side of this.#sides) sum.add(side.logE(how), side.weight)
    return this.#sides.length === 0 ? 0 : sum.log
  }

  /** Of one issue by itself, over the comparisons; one not seen yet has 1. */
  issueLogE(index: number, how: 'bound' | 'exact'): number {
    const sum = new LogSum()
    for (const side of this.#sides) sum.add(side.issueLogE(index, how), side.weight)
    return this.#sides.length === 0 ? 0 : sum.log
  }

  /** Grows with every minute of events of an issue: while it stands, so do all issues. */
  get version(): number {
    return this.#version
  }

  /** Issues with an event in a judged minute, ascending. */
  get seen(): number[] {
    const known = this.#sides.reduce((sum, { issues }) => sum + issues.size, 0)
    if (this.#seen.known !== known) {
      const all = new Set(this.#sides.flatMap(({ issues }) => [...issues.keys()]))
      this.#seen = { known, issues: [...all].toSorted((a, b) => a - b) }
    }
    return this.#seen.issues
  }

  /** Exposure of both arms in judged minutes: over time the baseline's is what stood beside. */
  get exposure(): { candidate: number; baseline: number } {
    let candidate = 0
    let baseline = 0
    for (const side of this.#sides) {
      candidate += side.unhandled.first.sums.n1
      baseline += side.unhandled.first.sums.n0
    }
    return { candidate, baseline }
  }

  /** Everything unhandled, over its exposure. */
  get series(): SignalSeries {
    const { reference, comparison } = this.input
    return {
      reference: withExposure(reference, reference.exposure),
      comparison: withExposure(comparison, comparison.exposure),
    }
  }

  /** Exposure and events of the baseline's window, of what a scope is about. */
  past({ issue, part }: SignalScope): { n: number; x: number } | undefined {
    if (this.#before === undefined) return undefined
    const { exposure, issues, unhandled, instances } = this.#before
    if (issue !== null) {
      const index = this.input.issues.findIndex(({ id }) => id === issue)
      return { n: exposure, x: issues[index]!.events }
    }
    const { requests, events } = part === 'from_start' ? instances!.pooled : unhandled.pooled
    return { n: requests, x: events }
  }

  /** Whether errors since the very start are proved more, at a level. */
  isLooping(level: number): boolean {
    return this.scopes().some(({ part, watched }) => {
      return part === 'from_start' && watched.reported.isPastGate && watched.logE >= level
    })
  }

  scopes(): SignalScope[] {
    return this.#sides.flatMap((side) => side.scopes())
  }
}

const ONE = ['']

function none() {
  return { bound: undefined, exact: undefined }
}

type IssuesPast = {
  unhandled: CountReference
  /** Null: instances of the past are unknown. */
  instances: CountReference | null
  minutes: number
  /** By index of the issue. */
  issues: { events: number; phi: number }[]
  exposure: number
}

/** What the issues were like in the baseline's window; undefined without any exposure. */
function pastOf(
  { reference, issues }: IssuesInput,
  { window }: SignalContext,
): IssuesPast | undefined {
  if (window === null) return undefined
  const read = (exposure: ExposureRows) =>
    countReference({
      rows: withExposure(reference, exposure),
      strata: ONE,
      window,
      varianceOf: poissonVariance,
    })
  const unhandled = read(reference.exposure)
  if (unhandled === undefined) return undefined
  const minutes = window.untilMinute - window.fromMinute
  const n = new Float64Array(minutes)
  for (const [row, minute] of reference.exposure.minute.entries()) {
    const at = minute - window.fromMinute
    if (at >= 0 && at < minutes) n[at]! += reference.exposure.n[row]!
  }
  const rowsOf = Map.groupBy(reference.issue.keys(), (row) => reference.issue[row]!)
  return {
    unhandled,
    instances:
      reference.instanceMinutes === null ? null : (read(reference.instanceMinutes) ?? null),
    minutes: Math.max(
      1,
      n.reduce((sum, exposure) => sum + (exposure > 0 ? 1 : 0), 0),
    ),
    exposure: unhandled.pooled.requests,
    issues: issues.map((_, index) => {
      const rows = rowsOf.get(index) ?? []
      let events = 0
      for (const row of rows) events += reference.events[row]!
      if (events < CLUSTERED_EVENTS_MIN) return { events, phi: PHI_UNSEEN }
      const x = new Float64Array(minutes)
      for (const row of rows) {
        const at = reference.minute[row]! - window.fromMinute
        if (at >= 0 && at < minutes) x[at]! += reference.events[row]!
      }
      return { events, phi: designEffect({ n, x }, poissonVariance) ?? PHI_UNSEEN }
    }),
  }
}

type SideInput = {
  input: IssuesInput
  context: SignalContext
  before: IssuesPast | undefined
  overTime: boolean
  weight: number
}

/** n1, x1, n0, x0. */
type Counts = [number, number, number, number]

type WatchedIssue = {
  watched: WatchedScope
  kept: KeptStrata
  /** What was counted up to its last event. */
  exposure: number
  minutes: number
}

/** Issues against one arm: the one beside the candidate, or the past. */
class IssuesSide {
  readonly overTime: boolean
  readonly weight: number
  readonly unhandled: WatchedScope
  /** By index, in the order of their first events. */
  readonly issues = new Map<number, WatchedIssue>()
  readonly #input: SideInput
  readonly #unhandledKept: KeptStrata
  /** With the warm-up, over instances. */
  readonly #fromStart: WatchedScope | undefined
  readonly #fromStartKept: KeptStrata | undefined
  readonly #births: WatchedScope | undefined
  readonly #birthsKept: KeptStrata | undefined
  /** Candidate's exposure and minutes so far, for issues compared with the past. */
  #exposure = 0
  #minutes = 0
  readonly #terms = new MinuteTerms()
  /** Means over the issues since the last event of any. */
  #mean: { bound: number | undefined; exact: number | undefined } = none()
  #scopes: { ofIssues: number; all: SignalScope[] } | undefined

  constructor(side: SideInput) {
    this.#input = side
    this.overTime = side.overTime
    this.weight = side.weight
    const { input, context, before, overTime } = side
    const share = before?.unhandled.pooled
    const phi = share?.phi ?? PHI_UNSEEN
    const { firstMinute, fromMinute } = context
    this.unhandled = new WatchedScope(this.#rule(phi, share?.events ?? 0, false), firstMinute)
    const countsInstances =
      input.comparison.instanceMinutes !== null && (!overTime || before!.instances !== null)
    this.#fromStart = countsInstances
      ? new WatchedScope(this.#rule(phi, share?.events ?? 0, false), fromMinute)
      : undefined
    this.#fromStartKept =
      this.#fromStart === undefined ? undefined : this.#keep(this.#fromStart.rule)
    this.#births = this.#watchBirths()
    this.#unhandledKept = this.#keep(this.unhandled.rule)
    this.#birthsKept = this.#births === undefined ? undefined : this.#keep(this.#births.rule)
  }

  #keep(rule: ScopeRule): KeptStrata {
    const { policy } = this.#input.context
    return new KeptStrata(rule.phi, [
      policy.severity.majorIssueRatio,
      ratioBeyondDrift(rule, policy),
    ])
  }

  #watchBirths(): WatchedScope | undefined {
    const { input, context, overTime } = this.#input
    if (overTime && input.previousBirths === null) return undefined
    const rule = this.#rule(PHI_UNSEEN, input.previousBirths?.births ?? 0, true)
    const kappa = overTime ? Math.max(BIRTHS_KAPPA_MIN, rule.kappa) : 0
    return new WatchedScope({ ...rule, kappa }, context.firstMinute)
  }

  #rule(phi: number, events: number, phiFixed: boolean, eventsMin?: number): ScopeRule {
    const { context, overTime } = this.#input
    const { policy } = context
    const { ratio, events: eventsOfPolicy } = policy.minimumEffects.issues
    const share = { p0: 0, requests: 0, events, phi }
    const test: RateTest = { of: 'rate', eventsMin: eventsMin ?? eventsOfPolicy, phiFixed }
    const kappa = overTime ? scopeAllowance(share, [], policy) : 0
    return { phi, p0: 0, kappa, minimumEffect: ratio, test }
  }

  addUnhandled(minute: number, { candidate, baseline }: CountCursor): void {
    const past = this.#input.before?.unhandled
    const [n0, x0] = this.overTime ? meanMinute(past!, minute) : [baseline.n[0]!, baseline.x[0]!]
    this.#addTo(this.unhandled, minute, [candidate.n[0]!, candidate.x[0]!, n0, x0])
    this.#unhandledKept.add(minute, candidate.n[0]!, candidate.x[0]!, n0, x0)
    this.#exposure += candidate.n[0]!
    if (candidate.n[0]! > 0) this.#minutes += 1
  }

  addInstances(minute: number, { candidate, baseline }: CountCursor): void {
    if (this.#fromStart === undefined) return
    const [n0, x0] = this.overTime
      ? meanMinute(this.#input.before!.instances!, minute)
      : [baseline.n[0]!, baseline.x[0]!]
    this.#addTo(this.#fromStart, minute, [candidate.n[0]!, candidate.x[0]!, n0, x0])
    this.#fromStartKept?.add(minute, candidate.n[0]!, candidate.x[0]!, n0, x0)
  }

  addBirths(minute: number, { candidate, baseline }: CountCursor): void {
    if (this.#births === undefined) return
    const previous = this.#input.input.previousBirths
    // Over time: the first day of the release before, evenly over its minutes.
    const [n0, x0] = this.overTime
      ? [previous!.exposure / DAY_MINUTES, Math.max(1, previous!.births) / DAY_MINUTES]
      : [baseline.n[0]!, baseline.x[0]!]
    this.#addTo(this.#births, minute, [candidate.n[0]!, candidate.x[0]!, n0, x0])
    this.#birthsKept?.add(minute, candidate.n[0]!, candidate.x[0]!, n0, x0)
  }

  /** @param counts events of the baseline and of the candidate */
  addIssue(
    minute: number,
    index: number,
    [x0, x1]: [number, number],
    { candidate, baseline }: CountCursor,
  ): void {
    const { before } = this.#input
    const past = before?.issues[index]
    let issue = this.issues.get(index)
    if (issue === undefined) {
      const rule = this.#rule(
        past?.phi ?? PHI_UNSEEN,
        past?.events ?? 0,
        true,
        this.#eventsMin(index),
      )
      const watched = new WatchedScope(rule, this.#input.context.firstMinute)
      issue = { watched, kept: this.#keep(rule), exposure: 0, minutes: 0 }
      this.issues.set(index, issue)
    }
    // Beside another arm minutes without events say nothing; the past has events in all of them.
    const counts: Counts = this.overTime
      ? this.#sinceLastEvent(issue, x1, before!, past!.events)
      : [candidate.n[0]!, x1, baseline.n[0]!, x0]
    this.#addTo(issue.watched, minute, counts)
    issue.kept.add(minute, ...counts)
    this.#mean = none()
  }

  /** All minutes since an issue's last event as one stratum, beside as many of the past. */
  #sinceLastEvent(issue: WatchedIssue, x1: number, before: IssuesPast, events: number): Counts {
    const exposure = this.#exposure - issue.exposure
    const minutes = this.#minutes - issue.minutes
    issue.exposure = this.#exposure
    issue.minutes = this.#minutes
    const part = minutes / before.minutes
    return [exposure, x1, before.exposure * part, Math.max(1, events) * part]
  }

  /** An issue of one user is that user's: it accuses no release, where users are known. */
  #eventsMin(index: number): number {
    const { events, users } = this.#input.context.policy.minimumEffects.issues
    const hit = this.#input.input.issues[index]!.users
    return hit !== null && hit.candidate < users ? Number.POSITIVE_INFINITY : events
  }

  #addTo(scope: WatchedScope, minute: number, counts: Counts): void {
    const { minimumEffect, kappa } = scope.rule
    this.#terms.clear()
    this.#terms.addRate(...counts, minimumEffect, 1 + kappa)
    scope.add(minute, this.#terms)
  }

  logE(how: Exactness): number {
    const read = (scope: WatchedScope) => (how === 'bound' ? scope.logEBound : scope.logE)
    const sum = new LogSum()
    // A crash loop never gets past its warm-up, so that counts for half of what is unhandled.
    const fromStart = this.#fromStart === undefined ? 0 : 0.5
    sum.add(read(this.unhandled), (1 - fromStart) / 3)
    if (this.#fromStart !== undefined) sum.add(read(this.#fromStart), fromStart / 3)
    sum.add(this.#births === undefined ? 0 : read(this.#births), 1 / 3)
    sum.add(this.#issuesLogE(how === 'bound' ? 'bound' : 'exact'), 1 / 3)
    return sum.log
  }

  issueLogE(index: number, how: 'bound' | 'exact'): number {
    const watched = this.issues.get(index)?.watched
    if (watched === undefined) return 0
    return how === 'bound' ? watched.logEBound : watched.logE
  }

  /** The mean over all issues seen, filled up with ones. */
  #issuesLogE(how: 'bound' | 'exact'): number {
    const known = this.#mean[how]
    if (known !== undefined) return known
    const { issuesMin } = this.#input.context.policy
    const count = Math.max(issuesMin, this.issues.size)
    const sum = new LogSum()
    sum.add(0, (count - this.issues.size) / count)
    for (const index of this.issues.keys()) sum.add(this.issueLogE(index, how), 1 / count)
    this.#mean[how] = sum.log
    return sum.log
  }

  scopes(): SignalScope[] {
    if (this.#scopes?.ofIssues === this.issues.size) return this.#scopes.all
    const all = this.#allScopes()
    this.#scopes = { ofIssues: this.issues.size, all }
    return all
  }

  #allScopes(): SignalScope[] {
    const { input, context } = this.#input
    const shared = {
      signal: 'issues' as const,
      exposure: input.exposure,
      stratum: null,
      comparisonWeight: this.weight,
      overTime: this.overTime,
    }
    const all = { ...shared, issue: null, part: 'unhandled' as const, weight: 1 / 3 }
    const parts: SignalScope[] = [{ ...all, watched: this.unhandled, kept: this.#unhandledKept }]
    if (this.#fromStart !== undefined) {
      const exposure = 'minutes' as const
      const watched = this.#fromStart
      parts.push({ ...all, part: 'from_start', exposure, watched, kept: this.#fromStartKept })
    }
    if (this.#births !== undefined) {
      parts.push({ ...all, part: 'births', watched: this.#births, kept: this.#birthsKept })
    }
    const count = Math.max(context.policy.issuesMin, this.issues.size)
    const issues = [...this.issues].map(([index, { watched, kept }]) => ({
      ...shared,
      issue: input.issues[index]!.id,
      part: null,
      weight: 1 / (3 * count),
      watched,
      kept,
    }))
    return [...parts, ...issues]
  }
}

/** Exposure and events of the mean minute at this time of day; none at all count as one. */
function meanMinute({ n, x, pooled }: CountReference, minute: number): [number, number] {
  const block = blockOf(minute)
  return [n[block]!, pooled.events === 0 ? n[block]! / pooled.requests : x[block]!]
}

/** Exposure with the unhandled events of all issues. */
function withExposure(rows: IssueRows, exposure: ExposureRows): CountRows {
  return joined(exposure, { minute: rows.minute, arm: rows.arm, x: rows.unhandled })
}

/** Exposure with the births of issues, each where its first event was. */
function birthRows({ issues, comparison }: IssuesInput): CountRows {
  const born = issues.flatMap((issue) => (issue.born === null ? [] : [issue.born]))
  return joined(comparison.exposure, {
    minute: Int32Array.from(born, ({ minute }) => minute),
    arm: Uint8Array.from(born, ({ arm }) => arm),
    x: new Float64Array(born.length).fill(1),
  })
}

function joined(
  exposure: ExposureRows,
  events: { minute: Int32Array; arm: Uint8Array; x: Float64Array },
): CountRows {
  const length = exposure.minute.length + events.minute.length
  const rows: CountRows = {
    strata: ONE,
    minute: new Int32Array(length),
    stratum: new Uint16Array(length),
    arm: new Uint8Array(length),
    n: new Float64Array(length),
    x: new Float64Array(length),
  }
  rows.minute.set(exposure.minute)
  rows.arm.set(exposure.arm)
  rows.n.set(exposure.n)
  rows.minute.set(events.minute, exposure.minute.length)
  rows.arm.set(events.arm, exposure.minute.length)
  rows.x.set(events.x, exposure.minute.length)
  return rows
}
