import { burnRate } from '@aftermath/analysis/methods/burn-rate'
import { BURN_RULES, budgetLeft, thresholdOf } from '@aftermath/analysis/slo/burn-rules'
import { sloSentence } from '@aftermath/analysis/slo/slo-words'
import type { Slo, SloState } from '@aftermath/schemas/api/slos'
import { countedThresholdMs } from './slo-counts.ts'
import type { SloStateBody } from './slo-state.ts'
import type { StoredSlo } from './stored-slos.ts'

const DAY_MINUTES = 24 * 60
const MINUTE_MS = 60_000

/** An objective as the API shows it: how it stood after its last counted minute. */
export function describeSlo({ changedMs, ...slo }: StoredSlo, body: SloStateBody | undefined): Slo {
  const { target } = slo
  const objective = { target, periodMinutes: slo.periodDays * DAY_MINUTES }
  const period = body?.period ?? { bad: 0, total: 0 }
  const left = budgetLeft({ ...period, target })
  const facts = {
    state: stateOf(body),
    budgetLeft: left,
    endsInMinutes: body === undefined ? null : endsInMinutes(body, left, objective),
    releases: body?.releases ?? [],
  }
  return {
    ...slo,
    ...facts,
    changedAt: new Date(changedMs).toISOString(),
    sentence: sloSentence(facts),
    countedThresholdMs: countedThresholdMs(slo.sli),
    countedUntil: body === undefined ? null : new Date(body.untilMinute * MINUTE_MS).toISOString(),
    ...period,
    rules: BURN_RULES.map((rule, place) => {
      const windows = body?.windows[place] ?? { long: NONE, short: NONE }
      return {
        severity: rule.severity,
        longMinutes: rule.longMinutes,
        shortMinutes: rule.shortMinutes,
        threshold: thresholdOf(rule, objective),
        long: { ...windows.long, burn: burnRate({ ...windows.long, target }) },
        short: { ...windows.short, burn: burnRate({ ...windows.short, target }) },
        firing: body?.firing[place] ?? false,
      }
    }),
  }
}

const NONE = { bad: 0, total: 0 }

function stateOf(body: SloStateBody | undefined): SloState {
  if (body === undefined) return 'counting'
  const firing = BURN_RULES.filter((_, place) => body.firing[place])
  if (firing.some(({ severity }) => severity === 'page')) return 'page'
  if (firing.length > 0) return 'ticket'
  return body.windows.every(({ long }) => long.total === 0) ? 'no_data' : 'ok'
}

/** When the budget is gone, were each day like the last one. */
function endsInMinutes(
  { period, lastDay }: SloStateBody,
  left: number | null,
  { target, periodMinutes }: { target: number; periodMinutes: number },
): number | null {
  if (left === null || left <= 0 || lastDay.bad === 0) return null
  const spentPerMinute = lastDay.bad / ((1 - target) * period.total) / DAY_MINUTES
  const minutes = left / spentPerMinute
  return minutes < periodMinutes ? minutes : null
}
