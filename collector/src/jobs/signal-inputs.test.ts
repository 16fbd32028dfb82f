import type { Baseline } from '@aftermath/analysis/baseline/choose-baseline'
import type { SignalInput } from '@aftermath/analysis/signals/signal-input'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Project } from '../../test/project.ts'
import { openClosedSignals } from '../releases/close-signals.ts'
import { readJudgedSignals } from '../releases/judged-signals.ts'
import { signalInputs } from './signal-inputs.ts'

let project: Project
beforeAll(async () => {
  project = await openProject()
})
afterAll(() => project[Symbol.asyncDispose]())

const MINUTE_MS = 60_000
const START = Math.floor(Date.now() / MINUTE_MS) - 60
const PLACE = { service: 'shop', environment: 'production' }
const at = (minute: number, second = 0) =>
  new Date((START + minute) * MINUTE_MS + second * 1000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ')
const resource = (version: string, instance: string) => ({
  'service.name': 'shop',
  'service.version': version,
  'service.instance.id': instance,
  'deployment.environment.name': 'production',
})

/** Minutes 0 to 1 of version 1, then 2 to 3 of version 2 beside it. */
const SERVED = [
  ...[0, 1, 2, 3].map((minute) => ({ version: '1', minute })),
  ...[2, 3].map((minute) => ({ version: '2', minute })),
]

async function fill() {
  const sessions = SERVED.map(({ version, minute }) => ({
    ...PLACE,
    version,
    minute: at(minute),
    mode: 'application',
    sessions: 10,
    healthy: 8,
    crashed: version === '2' ? 2 : 1,
  }))
  await project.insert('session_minutes', [
    ...sessions,
    { ...sessions[0], mode: 'request', sessions: 1000 },
  ])
  const item = (
    id: string,
    version: string,
    minute: number,
    rating: number,
    more: object = {},
  ) => ({
    id,
    ...PLACE,
    version,
    created_at: at(minute),
    received_at: at(minute),
    rating,
    user_hash: id,
    ...more,
  })
  await project.insert('feedback', [
    item('a', '1', 0, 5),
    item('a2', '1', 1, 1, { user_hash: 'a' }), // changed their mind: the last word counts, where the first stood
    item('b', '2', 2, 1),
    item('c', '2', 2, 0, { is_negative: true }),
    item('spam', '2', 2, 1, { is_spam: true }),
  ])
  const logs = SERVED.flatMap(({ version, minute }) =>
    [9, 17, 21].map((SeverityNumber, i) => ({
      Timestamp: at(minute, i),
      ServiceName: 'shop',
      SeverityNumber,
      ResourceAttributes: resource(version, 'i1'),
    })),
  )
  const vital = (id: string, name: string, value: string, second: number) => ({
    Timestamp: at(2, second),
    ServiceName: 'shop',
    EventName: 'browser.web_vital',
    ResourceAttributes: resource('2', ''),
    LogAttributes: {
      'browser.web_vital.name': name,
      'browser.web_vital.value': value,
      'browser.web_vital.id': id,
      'url.path': '/cart',
    },
  })
  await project.insert('otel_logs', [
    ...logs,
    vital('v1', 'lcp', '100', 1),
    vital('v1', 'lcp', '4500', 2), // the last value of an id counts
    vital('v2', 'cls', '0.1', 3),
    vital('v3', 'ttfb', '9000', 4),
  ])
  const point = (
    version: string,
    instance: string,
    minute: number,
    name: string,
    value: number,
    series = '',
  ) => ({
    ServiceName: 'shop',
    MetricName: name,
    TimeUnix: at(minute, 30),
    Value: value,
    Attributes: { series },
    ResourceAttributes: resource(version, instance),
  })
  await project.insert('otel_metrics_gauge', [
    point('1', 'i1', 0, 'process.cpu.utilization', 0.2, 'user'),
    point('1', 'i1', 0, 'process.cpu.utilization', 0.1, 'system'),
    point('1', 'i1', 0, 'system.cpu.utilization', 0.9),
    point('2', 'i1', 2, 'system.cpu.utilization', 0.5),
    point('2', 'i2', 2, 'system.cpu.utilization', 0.7),
    point('2', 'i2', 2, 'queue.length', 7),
  ])
}

const baseline: Baseline = {
  version: '1',
  kind: 'concurrent',
  named: false,
  why: '',
  bad: false,
  pairs: [],
  reference: { fromMinute: START, untilMinute: START + 2 },
  comparison: { fromMinute: START + 2, untilMinute: START + 4 },
}
const totals = {
  versions: ['1', '2'],
  minute: Int32Array.from(SERVED, ({ minute }) => START + minute),
  version: Uint16Array.from(SERVED, ({ version }) => Number(version) - 1),
  requests: new Float64Array(SERVED.length).fill(100),
  failures: new Float64Array(SERVED.length),
}

async function inputsAt(asOf: number): Promise<Map<string, SignalInput>> {
  const window = { fromMinute: START, untilMinute: START + 4 }
  const versions = ['1', '2']
  const minutes = await readJudgedSignals(project.client, { ...PLACE, versions, ...window, asOf })
  const inputs = signalInputs({ candidate: '2', baseline, totals, minutes })
  return new Map(inputs.map((input) => [input.signal, input]))
}

/** Rows as a person reads them: minute, arm, numbers. */
function rowsOf(input: SignalInput | undefined, side: 'reference' | 'comparison') {
  if (input === undefined || input.kind === 'issues') return undefined
  const rows = input[side]
  return [...rows.minute.keys()].map((row) => {
    const place = [rows.minute[row]! - START, rows.arm[row]]
    if ('counts' in rows) return [...place, ...rows.counts.map((counts) => counts[row])]
    return 'n' in rows
      ? [...place, rows.n[row], rows.x[row]]
      : [...place, rows.level[row], rows.instances[row]]
  })
}

test('signals are read for both arms as they were at a time', async () => {
  await fill()
  let nowMs = (START + 4) * MINUTE_MS + 30_000
  let last = 0
  const stamp = () => (last = Math.max(nowMs, last + 1))
  const close = openClosedSignals({ client: project.client, now: () => nowMs, stamp })
  const signal = new AbortController().signal
  await close(signal)
  const first = stamp()
  const inputs = await inputsAt(first)
  const both = (id: string) =>
    ['reference', 'comparison'].map((side) => rowsOf(inputs.get(id), side as 'reference'))
  expect(both('crash_free_sessions')).toEqual([
    [
      [0, 0, 10, 1],
      [1, 0, 10, 1],
    ],
    [
      [2, 0, 10, 1],
      [2, 1, 10, 2],
      [3, 0, 10, 1],
      [3, 1, 10, 2],
    ],
  ])
  expect(both('feedback_negative')).toEqual([[[0, 0, 1, 1]], [[2, 1, 2, 2]]])
  expect(both('feedback_rating')).toEqual([[[0, 0, 1, 0, 0, 0, 0]], [[2, 1, 1, 0, 0, 0, 0]]])
  expect(both('log_errors')).toEqual([
    [
      [0, 0, 100, 2],
      [1, 0, 100, 2],
    ],
    [
      [2, 0, 100, 2],
      [3, 0, 100, 2],
      [2, 1, 100, 2],
      [3, 1, 100, 2],
    ],
  ])
  expect(both('web_vitals')).toEqual([[], [[2, 1, 2, 1]]])
  expect(inputs.get('web_vitals')).toMatchObject({ comparison: { strata: ['/cart'] } })
  const [before, now] = both('cpu')
  expect(before![0]![2]).toBeCloseTo(0.3)
  expect(now![0]![2]).toBeCloseTo(0.6)
  expect(now![0]!.slice(3)).toEqual([2])
  expect(inputs.has('memory')).toBe(false)

  // A session that crashed after it was counted, and a minute that lost what it had.
  await project.insert('session_minutes', [
    {
      ...PLACE,
      version: '2',
      minute: at(3),
      mode: 'application',
      sessions: 10,
      crashed: 9,
      counted_at: at(120),
    },
  ])
  await project.command(`DELETE FROM log_minutes WHERE version = '2'`)
  nowMs += MINUTE_MS
  await close(signal)
  const later = await inputsAt(stamp())
  expect(rowsOf(later.get('crash_free_sessions'), 'comparison')?.at(-1)).toEqual([3, 1, 10, 9])
  expect(rowsOf(later.get('log_errors'), 'comparison')?.at(-1)).toEqual([3, 1, 100, 0])
  expect(await inputsAt(first)).toEqual(inputs)
  const [{ n }] = (await project.read(
    `SELECT count() AS n FROM judged_signals WHERE signal = 'web_vitals'`,
  )) as [{ n: string }]
  expect(Number(n)).toBe(1) // what did not change is not written again
})
