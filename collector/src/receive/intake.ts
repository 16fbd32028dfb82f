import type { Writable } from 'node:stream'
import type { Encoding as BodyType } from '@aftermath/otlp/answer'
import type { SignalKind } from '@aftermath/otlp/check'
import type { Logger } from 'pino'
import { JournalBroken, type Journal } from '../journal/journal.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Pressure } from '../pressure.ts'
import type { CheckedBody } from './check-body.ts'
import { openCheckPool } from './check-pool.ts'
import type { Encoding } from './decompress.ts'
import { FairBudget } from './fair-budget.ts'
import { receiveLimits, type ReceiveLimits } from './limits.ts'
import { Rates } from './rates.ts'
import { Refusal } from './refusal.ts'
import type { Sender } from './sender.ts'

/** What every protocol shares: whether a request may come in, and its way to the disk. */
export interface Intake extends AsyncDisposable {
  /**
   * Lets a request in, by what is known before its body.
   *
   * @param wireBytes the size it announces, if it does; it is not believed, only refused early
   * @throws Refusal 413, 429 or 503
   */
  admit(sender: Sender, kind: SignalKind, wireBytes: number | undefined): Admission
  /** From now on 503: the program is about to end. */
  close(): void
}

/** A request that was let in. Dispose it when it is answered: what it held is free again. */
export interface Admission extends Disposable {
  /** So many more bytes of its body have come. @throws Refusal 413 or 503 */
  hold: (bytes: number) => void
  /**
   * Body → check → journal. Resolves when the request is on disk. The body is given away.
   *
   * @throws Refusal when nothing of it was kept
   */
  accept(received: {
    body: Buffer
    encoding: Encoding
    type: BodyType
    answer: Answer
  }): Promise<KeptBody>
}

export interface KeptBody extends CheckedBody {
  /** It was there already, from an attempt whose answer was lost. */
  isFolded: boolean
}

/** Where the answer will be written. When it closes before that, the sender may come again. */
type Answer = Pick<Writable, 'closed' | 'writableFinished'> & {
  once: (event: 'close', listener: () => void) => unknown
  /** A stream of HTTP/2 that the sender ended has finished too, with nothing in it. */
  aborted?: boolean
}

type Deps = {
  journal: Journal
  pressure: Pick<Pressure, 'sheds'>
  metrics: Metrics
  log: Logger
  /** Wall clock, for what is stored. */
  now: () => number
  limits?: Partial<ReceiveLimits>
}

export function openIntake(deps: Deps): Intake {
  const { journal, pressure, metrics, now } = deps
  const limits = { ...receiveLimits, ...deps.limits }
  const checks = openCheckPool(deps.log)
  const { activeKeyMs: activeMs } = limits
  const bytes = new FairBudget({
    max: limits.inFlightBytesMax,
    keyMin: limits.inFlightKeyBytesMin,
    activeMs,
  })
  const checking = new FairBudget({ max: limits.checkingMax, keyMin: 1, activeMs })
  const rates = new Rates(limits)
  let closed = false

  const tooBusy = () => Refusal.retryLater('overload', 'Too much is being sent at once.', limits)

  function refuseEarly(kind: SignalKind, wireBytes: number): void {
    if (closed) throw Refusal.stopping()
    if (wireBytes > limits.wireBytesMax) throw Refusal.tooLarge()
    if (journal.state !== 'open') throw noRoom(journal.state, limits)
    if (pressure.sheds(kind)) {
      throw Refusal.retryLater('overload', `There is too much to do: ${kind} must wait.`, limits)
    }
  }

  function countRequest(key: number): void {
    const waitMs = rates.request(key, performance.now())
    if (waitMs === 0) return
    throw new Refusal(
      429,
      'rate',
      `The key sends more than ${limits.requestsPerSecond} requests or ${limits.bytesPerSecond / 2 ** 20} MiB a second.`,
      'Send larger batches, or use a key of its own for each application.',
      { retryAfterMs: Math.max(waitMs, 1000) },
    )
  }

  return {
    admit(sender, kind, wireBytes = 0) {
      const key = budgetKeyOf(sender)
      refuseEarly(kind, wireBytes)
      countRequest(key)
      if (!bytes.fits(key, wireBytes, 0, performance.now())) throw tooBusy()
      let held = 0
      return {
        hold(count) {
          if (held + count > limits.wireBytesMax) throw Refusal.tooLarge()
          rates.bytes(key, count, performance.now())
          if (!bytes.take(key, count, held, performance.now())) throw tooBusy()
          held += count
        },
        async accept({ body, encoding, type, answer }) {
          const receivedMs = now()
          const startedMs = performance.now()
          if (!checking.take(key, 1, 0, performance.now())) throw tooBusy()
          let outcome: CheckedBody
          try {
            outcome = await checks.check({ body, encoding, kind, type, receivedMs })
          } finally {
            checking.give(key, 1)
          }
          const { checked } = outcome
          let isFolded = false
          if (checked.items > 0) {
            const request = {
              kind,
              projectNumber: sender.project.number,
              keyId: sender.keyId,
              bytes: checked.bytes,
              items: checked.items,
              rows: checked.rows,
              day: Math.floor(checked.earliestMs / DAY_MS),
              receivedMs,
            }
            isFolded = await keep(journal, request, answer)
          }
          const seconds = (performance.now() - startedMs) / 1000
          metrics.ingestAckSeconds.observe({ signal: kind }, seconds)
          return { ...outcome, isFolded }
        },
        [Symbol.dispose]() {
          bytes.give(key, held)
          held = 0
        },
      }
    },
    close() {
      closed = true
    },
    [Symbol.asyncDispose]: () => checks[Symbol.asyncDispose](),
  }
}

const DAY_MS = 86_400_000

/** Senders without a key share one, of their project. */
function budgetKeyOf({ keyId, project }: Sender): number {
  return keyId === 0 ? -project.number : keyId
}

/** Open and yet full: too much waits for the disk. */
function noRoom(state: Journal['state'], wait: { retryAfterMs: number }): Refusal {
  switch (state) {
    case 'open':
      return Refusal.retryLater('overload', 'More is sent than the disk writes.', wait)
    case 'failed':
      return Refusal.retryLater('disk', 'The journal cannot be written.', wait)
    default:
      return Refusal.retryLater('disk', 'The disk or the journal is full.', wait)
  }
}

/** @returns whether the journal has it from an earlier attempt, whose answer was lost */
async function keep(
  journal: Journal,
  request: Parameters<Journal['append']>[0],
  answer: Answer,
): Promise<boolean> {
  const appending = journal.append(request)
  const noteUndelivered = () => {
    const isDelivered = answer.writableFinished && answer.aborted !== true
    if (!isDelivered) journal.undelivered(request, appending)
  }
  if (answer.closed) noteUndelivered()
  else answer.once('close', noteUndelivered)
  try {
    const appended = await appending
    if (appended.outcome !== 'full') return appended.outcome === 'folded'
    throw noRoom(journal.state, appended)
  } catch (error) {
    if (!(error instanceof JournalBroken)) throw error
    throw noRoom('failed', error)
  }
}
