import { describe, expect, test } from 'vitest'
import { Instances } from './instances.ts'
import type { InstanceMinutes } from './instances.ts'
import { defaultPolicy } from '../policy/policy.ts'

type Serving = {
  name: string
  from: number
  until: number
  requests?: number
  failures?: number
  arm?: 0 | 1
  skewed?: boolean
}

const FROM = 1000

function instancesOf(serving: Serving[]) {
  const names = [...new Set(serving.map(({ name }) => name))]
  const rows = serving.flatMap((one) =>
    Array.from({ length: one.until - one.from }, (_, k) => ({
      ...one,
      minute: FROM + one.from + k,
    })),
  )
  const minutes: InstanceMinutes = {
    instances: names,
    skewed: names.map((name) => serving.some((one) => one.name === name && one.skewed === true)),
    minute: Int32Array.from(rows, ({ minute }) => minute),
    instance: Uint16Array.from(rows, ({ name }) => names.indexOf(name)),
    arm: Uint8Array.from(rows, ({ arm = 1 }) => arm),
    requests: Float64Array.from(rows, ({ requests = 100 }) => requests),
    failures: Float64Array.from(rows, ({ failures = 0 }) => failures),
  }
  return new Instances(minutes, { fromMinute: FROM, policy: defaultPolicy })
}

describe('a new instance', () => {
  const serving: Serving[] = [
    { name: 'a', from: 0, until: 60 },
    { name: 'b', from: 30, until: 60, requests: 40, failures: 8 },
    { name: 'old', from: 30, until: 60, requests: 70, arm: 0 },
  ]

  test('is left out for its first five minutes, whichever arm it serves', () => {
    const instances = instancesOf(serving)
    const leftOut = [
      { requests: 70, failures: 0 },
      { requests: 40, failures: 8 },
    ]
    expect(instances.leftOutOf(FROM + 29)).toBeUndefined()
    expect(instances.leftOutOf(FROM + 30)).toEqual(leftOut)
    expect(instances.leftOutOf(FROM + 34)).toEqual(leftOut)
    expect(instances.leftOutOf(FROM + 35)).toBeUndefined()
  })

  test('that was there from the start has the warm-up of the release', () => {
    expect(instancesOf(serving).leftOutOf(FROM)).toBeUndefined()
  })

  test('that pauses is not new again', () => {
    const paused: Serving[] = [
      { name: 'a', from: 0, until: 10 },
      { name: 'a', from: 40, until: 60 },
    ]
    expect(instancesOf(paused).leftOutOf(FROM + 40)).toBeUndefined()
  })
})

describe('the one that fails', () => {
  const healthy = (name: string): Serving => ({ name, from: 0, until: 60, failures: 1 })
  const broken: Serving = { name: 'c', from: 0, until: 60, failures: 30 }
  const outlier = (serving: Serving[], until = 60) => {
    const instances = instancesOf(serving)
    for (let minute = FROM; minute < FROM + until; minute += 1) instances.add(minute)
    return instances.outlier(0.01)
  }

  test('is named where it carries nearly all of the excess', () => {
    expect(outlier([healthy('a'), healthy('b'), broken])).toBe('c')
  })

  test('is none where two fail', () => {
    expect(outlier([healthy('a'), broken, { ...broken, name: 'd' }])).toBeNull()
  })

  test('is none of two: either may be what the release does', () => {
    expect(outlier([healthy('a'), broken])).toBeNull()
  })

  test('is none where nothing is in excess', () => {
    expect(outlier(['a', 'b', 'c'].map(healthy))).toBeNull()
  })

  test('is not told from minutes to come', () => {
    const late = { ...broken, from: 30 }
    expect(outlier([healthy('a'), healthy('b'), healthy('d'), late], 30)).toBeNull()
    expect(outlier([healthy('a'), healthy('b'), healthy('d'), late])).toBe('c')
  })
})

describe('clocks that lie', () => {
  const honest: Serving = { name: 'a', from: 0, until: 60 }

  test('are left out and named', () => {
    const instances = instancesOf([honest, { ...honest, name: 'b', requests: 20, skewed: true }])
    expect(instances.leftOutOf(FROM + 10)?.[1]).toEqual({ requests: 20, failures: 0 })
    expect(instances.skewed).toEqual(['b'])
    expect(instances.tooSkewed).toBe(false)
  })

  test('of most of the release leave nothing to judge', () => {
    const instances = instancesOf([honest, { ...honest, name: 'b', requests: 101, skewed: true }])
    expect(instances.tooSkewed).toBe(true)
  })
})

test('without instances nothing is left out and nobody stands out', () => {
  const instances = new Instances(null, { fromMinute: FROM, policy: defaultPolicy })
  instances.add(FROM)
  expect([instances.leftOutOf(FROM), instances.outlier(0), instances.skewed]).toEqual([
    undefined,
    null,
    [],
  ])
})
