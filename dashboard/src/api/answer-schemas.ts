import { CompareAnswer } from '@aftermath/schemas/api/compare'
import { CalibrationAnswer, DecisionAnswer, LedgerAnswer } from '@aftermath/schemas/api/decisions'
import { DeadLetterAnswer, DeadLettersAnswer } from '@aftermath/schemas/api/dead-letters'
import { LogsAnswer } from '@aftermath/schemas/api/logs'
import { MetricAnswer, MetricsAnswer } from '@aftermath/schemas/api/metrics'
import { OnboardingAnswer } from '@aftermath/schemas/api/onboarding'
import {
  OperationsAnswer,
  OverviewAnswer,
  ReleaseAnswer,
  ReleaseEffectAnswer,
  ReleaseHistoryAnswer,
  ReleaseLatencyAnswer,
  ReleaseProofAnswer,
  ReleaseSeriesAnswer,
  ReleasesAnswer,
} from '@aftermath/schemas/api/releases'
import { DifferencesAnswer } from '@aftermath/schemas/api/roll-ups'
import { FiltersAnswer } from '@aftermath/schemas/api/services'
import { LogoutAnswer, SessionAnswer } from '@aftermath/schemas/api/session'
import { SloAnswer, SlosAnswer } from '@aftermath/schemas/api/slos'
import { StatusAnswer } from '@aftermath/schemas/api/status'
import { SpanAnswer, TraceAnswer, TracesAnswer } from '@aftermath/schemas/api/traces'
import type { z } from 'zod'

/** Answers by name. Only development loads this module; elsewhere its types are imported. */
export const answerSchemas = {
  calibration: CalibrationAnswer,
  compare: CompareAnswer,
  decision: DecisionAnswer,
  decisions: LedgerAnswer,
  deadLetter: DeadLetterAnswer,
  deadLetters: DeadLettersAnswer,
  differences: DifferencesAnswer,
  effect: ReleaseEffectAnswer,
  filters: FiltersAnswer,
  history: ReleaseHistoryAnswer,
  latency: ReleaseLatencyAnswer,
  logout: LogoutAnswer,
  logs: LogsAnswer,
  metric: MetricAnswer,
  metrics: MetricsAnswer,
  onboarding: OnboardingAnswer,
  operations: OperationsAnswer,
  overview: OverviewAnswer,
  proof: ReleaseProofAnswer,
  release: ReleaseAnswer,
  releases: ReleasesAnswer,
  series: ReleaseSeriesAnswer,
  session: SessionAnswer,
  slo: SloAnswer,
  slos: SlosAnswer,
  span: SpanAnswer,
  status: StatusAnswer,
  trace: TraceAnswer,
  traces: TracesAnswer,
}

export type AnswerName = keyof typeof answerSchemas
export type AnswerData<N extends AnswerName> = z.output<(typeof answerSchemas)[N]>['data']
