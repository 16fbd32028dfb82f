import { duration, minutesWords, percent } from '../verdict/words.ts'

export type ToldShift = {
  service: string
  signal: 'error_rate' | 'latency_p50' | 'latency_p95'
  operation: string | null
  /** Shares, or nanoseconds. */
  before: number
  after: number
  label: 'shift' | 'moved'
}
export type ToldSuspect = {
  kind: string
  service: string | null
  name: string
  minutesBefore: number
}

const NAMES = { error_rate: 'errors', latency_p50: 'median latency', latency_p95: 'p95 latency' }

/** What shifted most, and the change that fits best: a suspect, never a cause. */
export function incidentSentence(
  shifts: readonly ToldShift[],
  suspects: readonly ToldSuspect[],
): string {
  const sizeOf = ({ before, after }: ToldShift) => Math.abs(Math.log(after / before))
  const real = shifts.filter(({ label }) => label === 'shift')
  const [largest] = (real.length > 0 ? real : shifts).toSorted((a, b) => sizeOf(b) - sizeOf(a))
  if (largest === undefined) return 'Nothing shifted.'
  const { service, operation, signal, before, after } = largest
  const value = signal === 'error_rate' ? percent : duration
  const where = operation === null ? service : `${service}, ${operation}`
  const moved = real.length === 0 ? ' It only moved between operations.' : ''
  const more = shifts.length > 1 ? ` ${shifts.length - 1} more shifted with it.` : ''
  const what = `${where}: ${NAMES[signal]} went from ${value(before)} to ${value(after)}.${moved}${more}`
  const [first] = suspects
  if (first === undefined) return `${what} No recorded change explains it.`
  const minutes = Math.abs(first.minutesBefore)
  const when =
    first.minutesBefore === 0
      ? 'at the same time'
      : `${minutesWords(minutes)} ${first.minutesBefore > 0 ? 'before' : 'after'}`
  const kind = first.kind === 'release' ? '' : `${first.kind} `
  const whose = first.service === null ? '' : `${first.service} `
  return `${what} Suspect: ${kind}${whose}${first.name}, ${when}.`
}
