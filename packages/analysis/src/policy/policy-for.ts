import { PolicyOverrides } from '@aftermath/schemas/policy'
import type { Policy } from '@aftermath/schemas/policy'
import { defaultPolicy } from './policy.ts'
import { policyVersion } from './policy-version.ts'

/** A wish that no verdict can be made with: whose, where in it, and what to do. */
export type PolicyProblem = { of: 'project' | 'service'; at: string; problem: string }

export type PolicyOutcome =
  | { outcome: 'policy'; policy: Policy }
  | { outcome: 'refused'; problems: PolicyProblem[] }

/**
 * The policy of a service: the default, changed by its project's wishes and then by its own.
 *
 * @param project as stored or sent, unchecked; undefined for none
 * @param service the same of the service: it counts where both name a number
 */
export function policyFor(project: unknown, service: unknown): PolicyOutcome {
  const ofProject = PolicyOverrides.safeParse(project ?? {})
  const ofService = PolicyOverrides.safeParse(service ?? {})
  const problems = [...malformed('project', ofProject), ...malformed('service', ofService)]
  if (!ofProject.success || !ofService.success) return { outcome: 'refused', problems }

  const byProject = overridden(defaultPolicy, ofProject.data)
  const byBoth = overridden(byProject, ofService.data)
  const contradictions = [
    ...contradictionsOf(byProject).map((each) => ({ of: 'project' as const, ...each })),
    ...contradictionsOf(byBoth).map((each) => ({ of: 'service' as const, ...each })),
  ]
  // What the project says wrongly its services repeat: the first place is the one to mend.
  const places = new Set(contradictions.map(({ at }) => at))
  const first = [...places].map((place) => contradictions.find(({ at }) => at === place)!)
  if (first.length > 0) return { outcome: 'refused', problems: first }

  const { version: _, ...numbers } = byBoth
  return { outcome: 'policy', policy: { version: policyVersion(numbers), ...numbers } }
}

function malformed(
  of: PolicyProblem['of'],
  { error }: ReturnType<typeof PolicyOverrides.safeParse>,
): PolicyProblem[] {
  const issues = error?.issues ?? []
  return issues.map(({ path, message }) => ({ of, at: path.join('.'), problem: message }))
}

function overridden(policy: Policy, wishes: PolicyOverrides): Policy {
  const { minimumEffects, weights, requestsMin, exposureMin, soak, rollBack, usersHitMax } = wishes
  const severity =
    usersHitMax === undefined
      ? policy.severity
      : {
          ...policy.severity,
          criticalUsersHit: usersHitMax,
          majorUsersHit: Math.min(policy.severity.majorUsersHit, usersHitMax),
        }
  return {
    ...policy,
    minimumEffects: mergedEffects(policy.minimumEffects, minimumEffects),
    weights: merged(policy.weights, weights),
    requestsMin: merged(policy.requestsMin, requestsMin),
    exposureMin: merged(policy.exposureMin, exposureMin),
    judgedMinutesMin: soak?.judgedMinutesMin ?? policy.judgedMinutesMin,
    soakMinutesMax: soak?.soakMinutesMax ?? policy.soakMinutesMax,
    warmupMinutes: wishes.warmupMinutes ?? policy.warmupMinutes,
    mustNotRegress: wishes.mustNotRegress ?? policy.mustNotRegress,
    ignoredOperations: wishes.ignoredOperations ?? policy.ignoredOperations,
    baselines: wishes.baselines ?? policy.baselines,
    rollBack: merged(policy.rollBack, rollBack),
    severity,
  }
}

function mergedEffects(
  effects: Policy['minimumEffects'],
  wishes: PolicyOverrides['minimumEffects'] = {},
): Policy['minimumEffects'] {
  return {
    error_rate: merged(effects.error_rate, wishes.error_rate),
    latency: merged(effects.latency, wishes.latency),
    crash_free_sessions: merged(effects.crash_free_sessions, wishes.crash_free_sessions),
    crash_free_users: merged(effects.crash_free_users, wishes.crash_free_users),
    web_vitals: merged(effects.web_vitals, wishes.web_vitals),
    issues: merged(effects.issues, wishes.issues),
    log_errors: merged(effects.log_errors, wishes.log_errors),
    feedback_negative: merged(effects.feedback_negative, wishes.feedback_negative),
    throughput: merged(effects.throughput, wishes.throughput),
    cpu: merged(effects.cpu, wishes.cpu),
    memory: merged(effects.memory, wishes.memory),
    apdex: merged(effects.apdex, wishes.apdex),
    feedback_rating: merged(effects.feedback_rating, wishes.feedback_rating),
  }
}

/** What is named, of the wishes; the rest stays. */
function merged<Values extends object>(
  values: Values,
  wishes: { [key in keyof Values]?: Values[key] | undefined } | undefined,
): Values {
  const named = Object.entries(wishes ?? {}).filter(([, value]) => value !== undefined)
  return { ...values, ...Object.fromEntries(named) }
}

/** Numbers that are each allowed, and together say nothing. */
function contradictionsOf(policy: Policy): { at: string; problem: string }[] {
  const { weights, judgedMinutesMin, soakMinutesMax, rollBack } = policy
  const checks: [boolean, string, string][] = [
    [
      Object.values(weights).every((weight) => weight === 0),
      'weights',
      'every signal has the weight 0, so nothing could ever be found: give at least one a weight.',
    ],
    [
      judgedMinutesMin > soakMinutesMax,
      'soak',
      `${judgedMinutesMin} minutes must be judged within ${soakMinutesMax}: lower judgedMinutesMin or raise soakMinutesMax.`,
    ],
    [
      rollBack.minutesToPatch < rollBack.minutesToRollBack,
      'rollBack',
      `a patch in ${rollBack.minutesToPatch} minutes would beat a roll back in ${rollBack.minutesToRollBack}, so nothing would ever be rolled back: raise minutesToPatch.`,
    ],
  ]
  for (const [signal, effect] of Object.entries(policy.minimumEffects)) {
    if (!('floor' in effect)) continue
    const { floor, cap } = effect
    checks.push([
      floor > cap,
      `minimumEffects.${signal}`,
      `the floor of ${floor} lies above the cap of ${cap}: lower the floor or raise the cap.`,
    ])
  }
  return checks.filter(([holds]) => holds).map(([, at, problem]) => ({ at, problem }))
}
