import { z } from 'zod'
import { resourceOf } from './yaml-of-docs.ts'

const Metric = z.object({
  count: z.int(),
  inconclusiveLimit: z.int(),
  consecutiveSuccessLimit: z.int(),
  consecutiveErrorLimit: z.int(),
  successCondition: z.string(),
  failureCondition: z.string(),
  provider: z.object({
    web: z.object({
      url: z.string(),
      timeoutSeconds: z.number(),
      headers: z.array(z.object({ key: z.string(), value: z.string() })),
      jsonPath: z.string(),
    }),
  }),
})
type Metric = z.output<typeof Metric>

export type Phase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error'

/** The metric of the analysis in the docs. */
export async function gateMetric(): Promise<Metric> {
  const Template = z.object({ spec: z.object({ metrics: z.tuple([Metric]) }) })
  const template = await resourceOf('integrations/argo-rollouts.md', 'AnalysisTemplate', Template)
  return template.spec.metrics[0]
}

/** One measurement, as the web provider makes it: against `origin` instead of the template's host. */
export async function measured(
  { provider: { web }, successCondition, failureCondition }: Metric,
  args: Readonly<Record<string, string>>,
  origin: string,
): Promise<Phase> {
  const filled = (text: string) =>
    text.replaceAll(/\{\{args\.(\w+)\}\}/g, (_, name) => args[name] ?? '')
  const { pathname, search } = new URL(filled(web.url))
  const answer = await fetch(`${origin}${pathname}${search}`, {
    headers: web.headers.map(({ key, value }): [string, string] => [key, filled(value)]),
    signal: AbortSignal.timeout(web.timeoutSeconds * 1000),
  })
  if (!answer.ok) return 'Error'
  const result = byPath(await answer.json(), web.jsonPath)
  if (holds(failureCondition, result)) return 'Failed'
  return holds(successCondition, result) ? 'Successful' : 'Inconclusive'
}

/** JSONPath of names alone, in Kubernetes' braces. */
function byPath(value: unknown, path: string): unknown {
  const names = /^\{\$((?:\.\w+)+)\}$/.exec(path)?.[1]?.split('.').slice(1)
  if (names === undefined) throw new Error(`${path} is more than this knows of JSONPath`)
  return names.reduce<unknown>((of, name) => (of as Record<string, unknown>)[name], value)
}

function holds(condition: string, result: unknown): boolean {
  const wanted = /^result == '(\w+)'$/.exec(condition)?.[1]
  if (wanted === undefined) throw new Error(`${condition} is more than this knows of conditions`)
  return result === wanted
}

/**
 * What the controller makes of measurements so far: too many of a kind first, then enough successes in
 * a row, then enough measurements, whatever they said.
 *
 * @see https://github.com/argoproj/argo-rollouts/blob/master/analysis/analysis.go, assessMetricStatus
 */
export function assessed(metric: Metric, phases: readonly Phase[]): Phase | 'Running' {
  const count = (phase: Phase) => phases.filter((one) => one === phase).length
  const inARow = (phase: Phase) => phases.length - 1 - phases.findLastIndex((one) => one !== phase)
  if (count('Failed') > 0) return 'Failed' // failureLimit is 0 where it is left out
  if (count('Inconclusive') > metric.inconclusiveLimit) return 'Inconclusive'
  if (inARow('Error') > metric.consecutiveErrorLimit) return 'Error'
  if (inARow('Successful') >= metric.consecutiveSuccessLimit) return 'Successful'
  return phases.length - count('Error') >= metric.count ? 'Successful' : 'Running'
}
