export type Kind = 'traces' | 'logs' | 'metrics'

/** One try to send something. Tried again it is another attempt, with ids of its own. */
export interface Attempt {
  /** Every item carries it, and its place in the attempt. */
  no: number
  kind: Kind
  /** Database that the key belongs to. */
  database: string
  /** Items that are to be stored, numbered from 0; refused ones come after them. */
  items: number
  /** Items in it that are to be refused though the rest is taken. */
  itemsRefused: number
  answer: Answer
}

/** `unanswered`: not sent yet, or whoever had it died before saying anything. */
export type Answer = 'unanswered' | 'acknowledged' | 'refused'

/**
 * What was sent, and what was answered: all that the oracle knows. An attempt is in it before its
 * first byte is on the wire, so that nothing can be stored that is not here.
 */
export interface Ledger {
  /** Tells the items of this run from all others. */
  readonly run: number
  readonly attempts: readonly Attempt[]
  /** Answers that no sender should ever get, in sentences. */
  readonly anomalies: readonly string[]
  add(attempt: Omit<Attempt, 'no' | 'answer'>): Attempt
  note(anomaly: string): void
  totals(): Record<'sent' | 'acknowledged' | 'unanswered' | 'refused', number>
}

const ANOMALIES_MAX = 20

export function openLedger(run: number): Ledger {
  const attempts: Attempt[] = []
  const anomalies: string[] = []
  return {
    run,
    attempts,
    anomalies,
    add(facts) {
      const attempt: Attempt = { ...facts, no: attempts.length, answer: 'unanswered' }
      attempts.push(attempt)
      return attempt
    },
    note(anomaly) {
      if (anomalies.length < ANOMALIES_MAX) anomalies.push(anomaly)
    },
    totals() {
      const totals = { sent: 0, acknowledged: 0, unanswered: 0, refused: 0 }
      for (const { items, itemsRefused, answer } of attempts) {
        totals.sent += items + itemsRefused
        totals[answer] += items
        totals.refused += itemsRefused
      }
      return totals
    },
  }
}
