import { formatBytes, formatPerMinute, formatRate, join, threeDigits } from '../format/number.ts'

/** How a signal is called in a row, what its statement is about, and how its values are written. */
export type SignalWords = {
  name: string
  /** In 'We are 95 % sure that … rose'. */
  what: string
  value: (value: number) => string
}

const perHundred = (rate: number) => (rate < 1 ? formatRate(rate) : threeDigits(rate))
const score = (value: number) => value.toFixed(2)

const known: Record<string, SignalWords> = {
  error_rate: { name: 'Errors', what: 'the share of failing requests', value: formatRate },
  crash_free_sessions: {
    name: 'Crash-free sessions',
    what: 'the share of sessions without a crash',
    value: formatRate,
  },
  crash_free_users: {
    name: 'Crash-free users',
    what: 'the share of users without a crash',
    value: formatRate,
  },
  issues: { name: 'Issues', what: 'the rate of errors', value: perHundred },
  throughput: {
    name: 'Throughput',
    what: 'the number of requests',
    value: (value) => join(formatPerMinute(value), '/min'),
  },
  log_errors: { name: 'Errors logged', what: 'the rate of logged errors', value: perHundred },
  cpu: { name: 'CPU', what: 'the use of CPU', value: threeDigits },
  memory: { name: 'Memory', what: 'the use of memory', value: memory },
  apdex: { name: 'Apdex', what: 'the Apdex score', value: score },
  feedback_negative: {
    name: 'Negative feedback',
    what: 'the rate of negative feedback',
    value: perHundred,
  },
  feedback_rating: { name: 'Rating', what: 'the rating', value: score },
  web_vitals: { name: 'Poor page views', what: 'the share of poor page views', value: formatRate },
}

/** Words of a signal. One that this page does not know yet is called as it came. */
export function signalWords(signal: string, quantile: number | null): SignalWords {
  if (signal === 'latency') return latency(quantile)
  const words = Object.hasOwn(known, signal) ? known[signal] : undefined
  const name = capital(signal.slice(0, 60).replaceAll('_', ' '))
  return words ?? { name, what: name.toLowerCase(), value: perHundred }
}

function latency(quantile: number | null): SignalWords {
  const percentile = quantile === null ? undefined : String(quantile * 100).slice(0, 5)
  return {
    name: percentile === undefined ? 'Latency' : `p${percentile} latency`,
    what: `the share of requests slower than the baseline’s ${percentile === undefined ? 'typical latency' : `p${percentile}`}`,
    value: formatRate,
  }
}

/** Bytes; below 1 a share of the limit. */
function memory(value: number): string {
  return value <= 1 ? formatRate(value) : formatBytes(value)
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
