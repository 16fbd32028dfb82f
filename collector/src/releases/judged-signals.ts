import { z } from 'zod'
import { defineQuery } from '../clickhouse/query.ts'

/** A signal in one minute of one version; `numbers` of each stratum, as close-signals.sql says. */
const SignalMinute = z.object({
  signal: z.enum([
    'log_errors',
    'cpu',
    'memory',
    'web_vitals',
    'crash_free_sessions',
    'feedback_negative',
    'feedback_rating',
  ]),
  version: z.string(),
  minuteNumber: z.int(),
  strata: z.array(z.string()),
  numbers: z.array(z.array(z.number())),
})
export type SignalMinute = z.output<typeof SignalMinute>

/** Signals of some versions of a service, minute by minute, as they were at a time. */
export const readJudgedSignals = defineQuery({
  sql: new URL('judged-signals.sql', import.meta.url),
  params: z.object({
    service: z.string(),
    environment: z.string(),
    versions: z.array(z.string()),
    fromMinute: z.int(),
    untilMinute: z.int(),
    asOf: z.int(),
  }),
  row: SignalMinute,
})
