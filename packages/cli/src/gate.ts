import { GateAnswer } from '@aftermath/schemas/api/gate'
import { type Outcome, callApi } from './api.ts'
import { describeDuration } from './duration.ts'
import type { Server } from './find-server.ts'

export type GateQuestion = {
  project: string
  /** Several, of a release that spans them. */
  services: string[]
  /** One for all services, or one for each. */
  versions: string[]
  environment: string | undefined
  baseline: string | undefined
  failOn: string[]
  passOn: string[] | undefined
  require: string | undefined
}

export type GateResult =
  | { result: 'pass' | 'fail' | 'undecided'; answer: GateAnswer; body: unknown }
  | { result: 'refused' | 'unreachable'; sentence: string }
  /** Somebody ended it; `sentence` is what was known until then. */
  | { result: 'interrupted'; by: 'SIGINT' | 'SIGTERM'; sentence: string }

type Deps = {
  server: Server
  timeoutMs: number
  now: () => number
  sleep: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** Its reason is the name of the signal that came. */
  interruption: AbortSignal
  /** Progress for people; called when something changed. */
  tell: (line: string) => void
}

/** How long the server may hold one answer back, after the first: short enough for progress. */
const HOLD_SECONDS_MAX = 30
/** On top of the hold: the server's own work and the way. */
const ANSWER_MS = 15_000
const PAUSE_MS = 1_000
const PAUSE_MS_MAX = 10_000

/**
 * Asks until the gate decides or the time is up. A server that is away is asked again until then:
 * it may be restarting.
 */
export async function askGate(question: GateQuestion, deps: Deps): Promise<GateResult> {
  const tell = onlyChanges(deps.tell)
  const { interruption } = deps
  const deadlineMs = deps.now() + deps.timeoutMs
  let failures = 0
  let known = 'nothing is known yet.'
  for (let asks = 0; ; asks++) {
    const leftMs = Math.max(0, deadlineMs - deps.now())
    const holdSeconds = asks === 0 ? 0 : Math.min(HOLD_SECONDS_MAX, Math.floor(leftMs / 1000))
    const asked = await ask(question, { ...deps, holdSeconds })
    if (interruption.aborted) return interrupted(interruption, known)
    if (asked.outcome === 'refused') return { result: 'refused', sentence: asked.sentence }
    const settled = asked.outcome === 'answered' && asked.value.decision !== 'wait'
    if (settled || leftMs === 0) return conclude(asked)

    failures = asked.outcome === 'answered' ? 0 : failures + 1
    known = describeWait(asked)
    tell(known, deadlineMs - deps.now())
    try {
      await deps.sleep(Math.min(pauseMs(asked, failures), leftMs), interruption)
    } catch (error) {
      if (interruption.aborted) return interrupted(interruption, known)
      throw error
    }
  }
}

function interrupted({ reason }: AbortSignal, sentence: string): GateResult {
  return { result: 'interrupted', by: reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT', sentence }
}

type Asked = Exclude<Outcome<GateAnswer>, { outcome: 'refused' }>

type Ask = { server: Server; interruption: AbortSignal; holdSeconds: number }

async function ask(question: GateQuestion, { server, interruption, holdSeconds }: Ask) {
  const { project, services, versions, environment, baseline, failOn, passOn, require } = question
  const search = new URLSearchParams({
    project,
    ...(environment !== undefined && { environment }),
    ...(baseline !== undefined && { baseline }),
    failOn: failOn.join(','),
    ...(passOn !== undefined && { passOn: passOn.join(',') }),
    ...(require !== undefined && { require }),
    wait: String(holdSeconds),
  })
  for (const service of services) search.append('service', service)
  for (const version of versions) search.append('version', version)
  return callApi({
    signal: interruption,
    server,
    path: `/api/v1/gate?${search.toString()}`,
    answer: GateAnswer,
    timeoutMs: holdSeconds * 1000 + ANSWER_MS,
  })
}

function conclude(asked: Asked): GateResult {
  if (asked.outcome === 'unreachable') return { result: 'unreachable', sentence: asked.sentence }
  const { value: answer, body } = asked
  return { result: answer.decision === 'wait' ? 'undecided' : answer.decision, answer, body }
}

function pauseMs(asked: Asked, failures: number): number {
  if (asked.outcome === 'answered') return PAUSE_MS
  return asked.retryAfterMs ?? Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (failures - 1))
}

function describeWait(asked: Asked): string {
  if (asked.outcome === 'unreachable') return `${asked.sentence}. Trying again`
  const { sentence, eta } = asked.value
  return eta === null ? sentence : `${sentence} About ${eta.minutes} min: ${eta.needs}.`
}

/** Passes a line on when it differs from the one before: a log of a pipeline keeps every line. */
function onlyChanges(tell: (line: string) => void) {
  let last = ''
  return (line: string, leftMs: number) => {
    if (line === last) return
    last = line
    tell(`waiting (${describeDuration(leftMs)} left): ${line}`)
  }
}
