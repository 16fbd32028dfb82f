import { Policy } from '@aftermath/schemas/policy'
import { describe, expect, test } from 'vitest'
import { policyFor } from './policy-for.ts'
import { defaultPolicy } from './policy.ts'

function policy(project?: unknown, service?: unknown): Policy {
  const made = policyFor(project, service)
  if (made.outcome === 'refused') throw new Error(JSON.stringify(made.problems))
  return made.policy
}

function problems(project: unknown, service?: unknown) {
  const made = policyFor(project, service)
  return made.outcome === 'refused' ? made.problems : []
}

test('without wishes it is the default', () => {
  expect(policy()).toEqual(defaultPolicy)
  expect(policy({}, {})).toEqual(defaultPolicy)
  expect(Policy.parse(defaultPolicy)).toEqual(defaultPolicy)
})

describe('wishes', () => {
  const project = {
    minimumEffects: { error_rate: { floor: 0.001 } },
    weights: { latency: 0.1 },
    mustNotRegress: ['POST /pay'],
    usersHitMax: 0.005,
  }

  test('change what they name, and nothing else', () => {
    const made = policy(project)
    expect(made.minimumEffects.error_rate).toEqual({ floor: 0.001, relative: 0.25, cap: 0.02 })
    expect(made.weights).toEqual({ ...defaultPolicy.weights, latency: 0.1 })
    expect(made.severity).toMatchObject({ criticalUsersHit: 0.005, majorUsersHit: 0.005 })
    expect(made.soakMinutesMax).toBe(defaultPolicy.soakMinutesMax)
  })

  test('of a service come before those of its project', () => {
    const made = policy(project, {
      minimumEffects: { error_rate: { floor: 0.002 } },
      mustNotRegress: ['GET /cart'],
      soak: { judgedMinutesMin: 60 },
      baselines: { '2.0.0': '1.4.0' },
      rollBack: { cost: 500 },
    })
    expect(made.minimumEffects.error_rate.floor).toBe(0.002)
    expect(made.weights.latency).toBe(0.1)
    expect(made.mustNotRegress).toEqual(['GET /cart'])
    expect(made.judgedMinutesMin).toBe(60)
    expect(made.baselines['2.0.0']).toBe('1.4.0')
    expect(made.rollBack).toEqual({ ...defaultPolicy.rollBack, cost: 500 })
  })

  test('name the effect that matters of any signal', () => {
    const made = policy({ minimumEffects: { apdex: { difference: 0.1 }, cpu: { ratio: 1.5 } } })
    expect(made.minimumEffects).toEqual({
      ...defaultPolicy.minimumEffects,
      apdex: { difference: 0.1 },
      cpu: { ratio: 1.5 },
    })
  })

  test('make a policy that may be stored and read again', () => {
    const made = policy(project)
    expect(Policy.parse(JSON.parse(JSON.stringify(made)))).toEqual(made)
  })
})

describe('the version', () => {
  test('is another one for another number', () => {
    const versions = [
      policy(),
      policy({ warmupMinutes: 6 }),
      policy({ requestsMin: { slow99: 2000 } }),
      policy({ ignoredOperations: [] }),
    ].map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
  })

  test('is the same whoever wished it, and in whatever order', () => {
    const weights = { error_rate: 0.2, latency: 0.1 }
    const { version } = policy({ weights, warmupMinutes: 6 })
    expect(policy({ warmupMinutes: 6 }, { weights }).version).toBe(version)
    const turned = { latency: 0.1, error_rate: 0.2 }
    expect(policy({}, { warmupMinutes: 6, weights: turned }).version).toBe(version)
  })

  test('is that of the default where a wish repeats it', () => {
    expect(policy({ warmupMinutes: 5 }).version).toBe(defaultPolicy.version)
  })
})

describe('what cannot be judged by is refused', () => {
  test.each([
    ['an unknown wish', { weigths: {} }, '', 'weigths'],
    ['an unknown signal', { weights: { speed: 1 } }, 'weights', ''],
    ['a share above 1', { weights: { latency: 1.5 } }, 'weights.latency', '1'],
    ['an effect of nothing', effect({ floor: 0 }), 'minimumEffects.error_rate.floor', ''],
    ['a list that is none', { mustNotRegress: 'POST /pay' }, 'mustNotRegress', 'array'],
    ['a floor above the cap', effect({ floor: 0.1 }), 'minimumEffects.error_rate', 'cap'],
    ['no weight at all', { weights: weightless }, 'weights', 'weight'],
    ['more minutes than there are', { soak: { soakMinutesMax: 20 } }, 'soak', '30'],
    ['patches quicker than a roll back', { rollBack: { minutesToPatch: 5 } }, 'rollBack', '10'],
  ])('%s', (_, wishes, at, words) => {
    const [problem] = problems({}, wishes)
    expect(problem).toMatchObject({ of: 'service', at })
    expect(problem!.problem).toContain(words)
    expect(problems(wishes)[0]?.of).toBe('project')
  })

  test('every problem is told, with whose it is', () => {
    const found = problems({ warmupMinutes: -1 }, { usersHitMax: 7, warmupMinutes: 1.5 })
    expect(found.map(({ of, at }) => `${of} ${at}`)).toEqual([
      'project warmupMinutes',
      'service warmupMinutes',
      'service usersHitMax',
    ])
  })

  test('a contradiction of the project is told once', () => {
    expect(problems(effect({ floor: 0.1 }), { warmupMinutes: 1 })).toHaveLength(1)
  })

  test('what a promise hangs on', () => {
    for (const key of ['thresholds', 'alpha', 'namedAt', 'lifeMinutes', 'version']) {
      expect(problems({ [key]: 1 })[0]?.problem).toContain(key)
    }
  })
})

const weightless = Object.fromEntries(Object.keys(defaultPolicy.weights).map((id) => [id, 0]))

function effect(error_rate: { floor?: number }) {
  return { minimumEffects: { error_rate } }
}
