import { foldMinutes } from '../../src/watch/fold-minutes.ts'
import type { HeldVerdict } from '../../src/verdict/hold-verdict.ts'
import type { JudgeInput } from '../../src/verdict/judgement.ts'
import { DEPLOYED_MINUTE, simulatedInput } from '../simulation.ts'
import { competitorMoments } from './competitors.ts'
import type { SimulatedScenario } from './scenario.ts'
import { signalMoments } from './single-test.ts'

/** Something that happens for the first time in a run, if it happens. */
export const moments = [
  // The verdict. `watch`: suspected or worse; a release merely not proven is not suspected.
  'watch',
  'harmful',
  'rollBack',
  'ship',
  'silent',
  /** Suspected no more, after the harm ended. */
  'cleared',
  // The e-value of one signal from its first minute on; 3333 is 1000 at a weight of .3.
  'e20',
  'e1000',
  'e3333',
  'belowMinimum',
  'intervalMisses',
  // Others' methods.
  'naiveZ',
  'rankTest',
  'kayenta',
] as const
export type Moment = (typeof moments)[number]

/** What one run showed. */
export type Observation = {
  seed: number
  /** Minutes since the fault began (or the first request, without one) until the moment is told. */
  minutes: Partial<Record<Moment, number>>
  /** Moments before the fault began: false alarms. */
  early: Moment[]
  /** Times the verdict went from calm to suspicion, and from worse to better. */
  alarms: number
  reliefs: number
}

/** Draws one run and looks at it every minute, of its whole life unless told shorter. */
export function observe(
  scenario: SimulatedScenario,
  seed: number,
  minutesMax = Infinity,
): Observation {
  const drawn = scenario.scenario(seed)
  const minutesAfter = Math.min(drawn.minutesAfter, minutesMax)
  const requests = simulatedInput({ ...drawn, minutesAfter })
  const signals = scenario.signals?.(requests, seed) ?? []
  const input = { ...requests, signals }
  const verdict = verdictMoments(input)
  const found: Partial<Record<Moment, number[]>> = {
    ...verdict.moments,
    ...(scenario.signal === undefined ? {} : signalMoments(input, scenario.signal)),
    ...(scenario.competitors ? competitorMoments(input) : {}),
  }
  const observation: Observation = {
    seed,
    minutes: {},
    early: [],
    alarms: verdict.alarms,
    reliefs: verdict.reliefs,
  }
  const onset = scenario.onset ?? 0
  for (const moment of moments) {
    const at = found[moment] ?? []
    const first = at.find((minute) => minute >= onset)
    if (at.some((minute) => minute < onset) && isAccusation(moment)) observation.early.push(moment)
    if (moment === 'cleared') continue
    // Told a minute after its last minute ended: half a minute of lateness, rounded up.
    if (first !== undefined) observation.minutes[moment] = first - onset + LATER[moment]
  }
  const { ends } = scenario
  const cleared = ends === undefined ? undefined : found.cleared?.find((minute) => minute >= ends)
  if (cleared !== undefined) observation.minutes.cleared = cleared - ends! + LATER.cleared
  return observation
}

function isAccusation(moment: Moment): boolean {
  return !['ship', 'cleared', 'silent', 'belowMinimum'].includes(moment)
}

/** A verdict waits for late data; single tests are counted by the minutes they used. */
const LATER: Record<Moment, number> = {
  watch: 2,
  harmful: 2,
  rollBack: 2,
  ship: 2,
  silent: 2,
  cleared: 2,
  e20: 1,
  e1000: 1,
  e3333: 1,
  belowMinimum: 1,
  intervalMisses: 1,
  naiveZ: 1,
  rankTest: 1,
  kayenta: 1,
}

type Level = 0 | 1 | 2 | 3

/** Minutes of life in which each verdict began, and how often suspicion came and went. */
function verdictMoments(input: JudgeInput) {
  const begun = {
    watch: [] as number[],
    harmful: [] as number[],
    rollBack: [] as number[],
    ship: [] as number[],
    silent: [] as number[],
    cleared: [] as number[],
  }
  let before: Level = 0
  let shipped = false
  let alarms = 0
  let reliefs = 0
  foldMinutes(input, (held, minute) => {
    const level = levelOf(held)
    const age = minute - DEPLOYED_MINUTE
    if (level > before) {
      if (before < 1) begun.watch.push(age)
      if (before < 2 && level >= 2) begun.harmful.push(age)
      if (level === 3) begun.rollBack.push(age)
      if (before === 0) alarms += 1
    }
    if (level < before) {
      reliefs += 1
      if (level === 0) begun.cleared.push(age)
    }
    if (held.decision.reasons.includes('silent')) begun.silent.push(age)
    const ships = held.decision.state === 'ship'
    if (ships && !shipped) begun.ship.push(age)
    before = level
    shipped = ships
  })
  return { moments: begun, alarms, reliefs }
}

/** How far a verdict accuses: a release whose harm went away is suspected no more. */
function levelOf({ decision }: HeldVerdict): Level {
  if (decision.state === 'roll_back') return 3
  if (decision.state === 'patch') return 2
  if (decision.state !== 'watch') return 0
  return decision.reasons.includes('not_proven') || decision.reasons.includes('went_away') ? 0 : 1
}
