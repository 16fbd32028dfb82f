import { describe, expect, test } from 'vitest'
import { chooseBaseline, pastSpan } from './choose-baseline.ts'
import type { ReleaseFacts, SloAlert } from './choose-baseline.ts'
import { MINUTE_MS } from '../counts/minute-columns.ts'
import type { VersionMinutes } from '../counts/minute-columns.ts'
import { defaultPolicy } from '../policy/policy.ts'

const START = 29_000_000

/** A version serving evenly from one minute to another, both relative to START. */
type Served = { version: string; from: number; until: number; perMinute?: number }

function totalsOf(served: Served[]): VersionMinutes {
  const versions = [...new Set(served.map(({ version }) => version))]
  const rows = served.flatMap(({ version, from, until, perMinute = 100 }) =>
    Array.from({ length: until - from }, (_, k) => ({
      version,
      minute: START + from + k,
      perMinute,
    })),
  )
  return {
    versions,
    minute: Int32Array.from(rows, ({ minute }) => minute),
    version: Uint16Array.from(rows, ({ version }) => versions.indexOf(version)),
    requests: Float64Array.from(rows, ({ perMinute }) => perMinute),
    failures: new Float64Array(rows.length),
  }
}

function choose(
  candidate: string,
  served: Served[],
  facts: Record<string, Partial<ReleaseFacts>> = {},
  { sloAlerts = [], baselines = {} }: { sloAlerts?: SloAlert[]; baselines?: Baselines } = {},
) {
  const versions = [...new Set(served.map(({ version }) => version))]
  const until = Math.max(...served.map((each) => each.until))
  return chooseBaseline({
    candidate,
    totals: totalsOf(served),
    releases: versions.map((version) => ({
      version,
      firstDeployedAtMs:
        (START +
          Math.min(...served.filter((each) => each.version === version).map(({ from }) => from))) *
        MINUTE_MS,
      deployedAtMs: [],
      implausible: false,
      verdict: null,
      ...facts[version],
    })),
    sloAlerts,
    nowMs: (START + until) * MINUTE_MS + defaultPolicy.latenessMs,
    policy: { ...defaultPolicy, baselines },
  })
}

type Baselines = Record<string, string>

const window = (from: number, until: number) => ({
  fromMinute: START + from,
  untilMinute: START + until,
})

describe('a release beside another', () => {
  const canary: Served[] = [
    { version: '1.0.0', from: 0, until: 400 },
    { version: '1.1.0', from: 200, until: 400, perMinute: 10 },
  ]

  test('is measured against it, and against its past', () => {
    expect(choose('1.1.0', canary)).toMatchObject({
      version: '1.0.0',
      kind: 'concurrent',
      reference: window(0, 200),
      comparison: window(200, 400),
    })
  })

  test('the older one is not measured against the newer', () => {
    expect(choose('1.0.0', canary)?.kind).toBe('none')
  })

  test('of several the latest that shipped counts, else the largest', () => {
    const three: Served[] = [
      { version: '0.9.0', from: 0, until: 400, perMinute: 30 },
      { version: '1.0.0', from: 10, until: 400, perMinute: 90 },
      ...canary.slice(1),
    ]
    expect(choose('1.1.0', three)?.version).toBe('1.0.0')
    expect(choose('1.1.0', three, { '0.9.0': { verdict: 'ship' } })?.version).toBe('0.9.0')
  })

  test('a baseline judged harmful is called bad', () => {
    expect(choose('1.1.0', canary, { '1.0.0': { verdict: 'patch' } })?.bad).toBe(true)
  })

  test('one below 5 % of the traffic is none', () => {
    const rest: Served[] = [
      { version: '1.0.0', from: 0, until: 200 },
      { version: '1.0.0', from: 200, until: 400, perMinute: 4 },
      { version: '1.1.0', from: 200, until: 400 },
    ]
    expect(choose('1.1.0', rest)?.kind).toBe('previous_window')
  })
})

describe('a release that replaced another', () => {
  test('is measured against the day before the deployment', () => {
    const replaced: Served[] = [
      { version: '1.0.0', from: 0, until: 3000 },
      { version: '1.1.0', from: 3000, until: 3040 },
    ]
    expect(choose('1.1.0', replaced)).toMatchObject({
      version: '1.0.0',
      kind: 'previous_window',
      reference: window(3000 - 1440, 3000),
      comparison: window(3000, 3040),
    })
  })

  test('a minute shared at the switch does not make them concurrent', () => {
    const shared: Served[] = [
      { version: '1.0.0', from: 0, until: 101 },
      { version: '1.1.0', from: 100, until: 140 },
    ]
    expect(choose('1.1.0', shared)).toMatchObject({
      kind: 'previous_window',
      reference: window(0, 100),
    })
  })

  test('a rollout that took ten judged minutes does', () => {
    const rollout: Served[] = [
      { version: '1.0.0', from: 0, until: 115 },
      { version: '1.1.0', from: 100, until: 200 },
    ]
    expect(choose('1.1.0', rollout)?.kind).toBe('concurrent')
  })

  test('a deployment registered before the first request ends the window', () => {
    const replaced: Served[] = [
      { version: '1.0.0', from: 0, until: 200 },
      { version: '1.1.0', from: 200, until: 240 },
    ]
    const deployedAtMs = [(START + 190) * MINUTE_MS]
    expect(choose('1.1.0', replaced, { '1.1.0': { deployedAtMs } })?.reference).toEqual(
      window(0, 190),
    )
  })

  const third: Served[] = [
    { version: '1.0.0', from: 0, until: 2000 },
    { version: '1.1.0', from: 2000, until: 4000 },
    { version: '1.2.0', from: 4000, until: 4100 },
  ]

  test('skips a release judged harmful while an older one ran within four weeks', () => {
    const chosen = choose('1.2.0', third, { '1.1.0': { verdict: 'roll_back' } })
    expect(chosen).toMatchObject({ version: '1.0.0', bad: false, reference: window(560, 2000) })
  })

  test('takes the harmful one where there is no other, and says so', () => {
    const both = { verdict: 'roll_back' as const }
    const chosen = choose('1.2.0', third, { '1.0.0': both, '1.1.0': both })
    expect(chosen).toMatchObject({ version: '1.1.0', bad: true })
  })

  test('never takes an implausible version', () => {
    expect(choose('1.2.0', third, { '1.1.0': { implausible: true } })?.version).toBe('1.0.0')
  })

  test('less than an hour before the deployment compares nothing', () => {
    const short: Served[] = [
      { version: '1.0.0', from: 0, until: 59 },
      { version: '1.1.0', from: 59, until: 100 },
    ]
    expect(choose('1.1.0', short)).toMatchObject({ kind: 'none', version: null, reference: null })
  })

  test('minutes on the way out are no reference', () => {
    const draining: Served[] = [
      { version: '1.0.0', from: 0, until: 100 },
      { version: '1.0.0', from: 100, until: 110, perMinute: 2 },
      { version: '1.1.0', from: 110, until: 140 },
    ]
    expect(choose('1.1.0', draining)?.reference).toEqual(window(0, 100))
  })
})

describe('a release after one that served for weeks', () => {
  const DAY = 1440
  const weekly: Served[] = [
    { version: '1.0.0', from: 0, until: 8 * DAY },
    { version: '1.1.0', from: 8 * DAY, until: 17 * DAY },
  ]

  test('is measured against the same minutes of an earlier week', () => {
    const chosen = choose('1.1.0', weekly)
    expect(chosen).toMatchObject({
      kind: 'previous_time_matched',
      version: '1.0.0',
      reference: window(7 * DAY, 8 * DAY),
    })
    // A week later its own first week is no baseline: a fortnight back then.
    expect(chosen!.pairs).toEqual([
      { ...window(8 * DAY, 15 * DAY), minutesBack: 7 * DAY },
      { ...window(15 * DAY, 17 * DAY), minutesBack: 14 * DAY },
    ])
    expect(pastSpan(chosen!)).toEqual(window(DAY, 8 * DAY))
  })

  test('the pairs do not depend on how long it was looked at', () => {
    const young = weekly.map((each) => ({ ...each, until: Math.min(each.until, 8 * DAY + 10) }))
    expect(choose('1.1.0', young)!.pairs).toEqual([
      { ...window(8 * DAY, 8 * DAY + 10), minutesBack: 7 * DAY },
    ])
  })

  test('has the window instead where the weeks have holes', () => {
    const holes = [
      { version: '1.0.0', from: 0, until: 1200 },
      { version: '1.0.0', from: 7 * DAY, until: 8 * DAY },
      { version: '1.1.0', from: 8 * DAY, until: 8 * DAY + 100 },
    ]
    expect(choose('1.1.0', holes)).toMatchObject({ kind: 'previous_window', pairs: [] })
  })

  test('beside it, is paired for the time after it left', () => {
    const rollout = weekly.map((each) =>
      each.version === '1.0.0' ? { ...each, until: 8 * DAY + 60 } : each,
    )
    const chosen = choose('1.1.0', rollout)
    expect(chosen?.kind).toBe('concurrent')
    const [first] = chosen!.pairs
    expect(first?.minutesBack).toBe(7 * DAY)
    expect(first!.fromMinute - START - 8 * DAY).toBeGreaterThanOrEqual(60)
    expect(first!.fromMinute - START - 8 * DAY).toBeLessThanOrEqual(70)
  })

  test('beside it, needs no pairs while it serves', () => {
    const both = weekly.map((each) => ({ ...each, until: 8 * DAY + 300 }))
    expect(choose('1.1.0', both)).toMatchObject({ kind: 'concurrent', pairs: [] })
  })
})

describe('a named baseline', () => {
  const third: Served[] = [
    { version: '1.0.0', from: 0, until: 2000 },
    { version: '1.1.0', from: 2000, until: 4000 },
    { version: '1.2.0', from: 4000, until: 4100 },
  ]

  test('comes before what the rules would choose', () => {
    const chosen = choose('1.2.0', third, {}, { baselines: { '1.2.0': '1.0.0' } })
    expect(chosen).toMatchObject({ version: '1.0.0', named: true, reference: window(560, 2000) })
    expect(chosen?.why).toContain('1.0.0 was named as the baseline.')
  })

  test('is taken though it was judged harmful, and said to be', () => {
    const facts = { '1.0.0': { verdict: 'roll_back' as const } }
    const chosen = choose('1.2.0', third, facts, { baselines: { '1.2.0': '1.0.0' } })
    expect(chosen).toMatchObject({ version: '1.0.0', named: true, bad: true })
  })

  test('may have served beside it', () => {
    const beside: Served[] = [
      { version: '0.9.0', from: 0, until: 400, perMinute: 30 },
      { version: '1.0.0', from: 10, until: 400, perMinute: 90 },
      { version: '1.1.0', from: 200, until: 400, perMinute: 10 },
    ]
    const chosen = choose('1.1.0', beside, {}, { baselines: { '1.1.0': '0.9.0' } })
    expect(chosen).toMatchObject({ version: '0.9.0', kind: 'concurrent', named: true })
  })

  test.each(['9.9.9', '1.2.0'])('%s cannot be one: the rules choose, and say so', (name) => {
    const chosen = choose('1.2.0', third, {}, { baselines: { '1.2.0': name } })
    expect(chosen).toMatchObject({ version: '1.1.0', named: false })
    expect(chosen?.why).toContain(`${name} was named as the baseline, but`)
  })

  test('of another release changes nothing', () => {
    const chosen = choose('1.2.0', third, {}, { baselines: { '1.1.0': '1.0.0' } })
    expect(chosen).toEqual(choose('1.2.0', third))
  })
})

describe('objectives that burn before the deployment make the baseline bad', () => {
  const replaced: Served[] = [
    { version: '1.0.0', from: 0, until: 3000 },
    { version: '1.1.0', from: 3000, until: 3040 },
  ]
  const at = (minute: number) => (START + minute) * MINUTE_MS
  test.each<[string, SloAlert, boolean]>([
    ['at the deployment', { severity: 'page', fromMs: at(2980), untilMs: null }, true],
    ['within the hour before', { severity: 'page', fromMs: at(2900), untilMs: at(2950) }, true],
    ['hours before', { severity: 'page', fromMs: at(2800), untilMs: at(2940) }, false],
    ['since the deployment', { severity: 'page', fromMs: at(3000), untilMs: null }, false],
    ['slowly', { severity: 'ticket', fromMs: at(2980), untilMs: null }, false],
  ])('%s', (_, alert, bad) => {
    expect(choose('1.1.0', replaced, {}, { sloAlerts: [alert] })?.bad).toBe(bad)
  })
})

describe('the life of a release', () => {
  test('has no baseline before its first judged minute', () => {
    expect(choose('2.0.0', [{ version: '1.0.0', from: 0, until: 10 }])).toBeUndefined()
  })

  test('the first release has nothing to be compared with', () => {
    expect(choose('1.0.0', [{ version: '1.0.0', from: 0, until: 10 }])?.kind).toBe('none')
  })

  const returned: Served[] = [
    { version: '1.0.0', from: 0, until: 100 },
    { version: '1.1.0', from: 100, until: 200 },
    { version: '1.0.0', from: 200, until: 1900 },
    { version: '1.1.0', from: 1900, until: 2000 },
  ]

  test('goes on over a pause', () => {
    expect(choose('1.1.0', returned)?.comparison.fromMinute).toBe(START + 100)
  })

  test('begins anew with a deployment after a day without traffic', () => {
    const deployedAtMs = [(START + 1899) * MINUTE_MS]
    const chosen = choose('1.1.0', returned, { '1.1.0': { deployedAtMs } })
    expect(chosen?.comparison.fromMinute).toBe(START + 1900)
  })

  test('is judged for fourteen days', () => {
    const old: Served[] = [
      { version: '1.0.0', from: 0, until: 100 },
      { version: '1.1.0', from: 100, until: 25_000 },
    ]
    expect(choose('1.1.0', old)?.comparison).toEqual(window(100, 100 + 14 * 1440))
  })
})
