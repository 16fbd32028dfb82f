import type { SignalKind } from '@aftermath/otlp/check'
import type { Metrics } from '../observe/metrics.ts'
import type { Attempts } from './attempts.ts'
import type { CheckedBody } from './check-body.ts'
import type { Refusal } from './refusal.ts'
import type { Sender } from './sender.ts'

export type Protocol = 'http' | 'grpc'

/** Tells the counters, and whoever watches attempts, what became of a request. */
export interface Outcomes {
  accepted(kind: SignalKind, sender: Sender, kept: CheckedBody): void
  /** @param what a signal kind, or what was asked for instead */
  refused(what: string, refusal: Refusal, from: { project: string; address: string }): void
  hungUp(kind: SignalKind): void
}

const KINDS: ReadonlySet<string> = new Set(['traces', 'logs', 'metrics'])

type Deps = { attempts: Attempts; metrics: Metrics; now: () => number }

export function recordOutcomes(protocol: Protocol, { attempts, metrics, now }: Deps): Outcomes {
  return {
    accepted(kind, sender, { checked, hint }) {
      const rejectedItems = checked.rejected?.items ?? 0
      metrics.ingestRequests.inc({ protocol, signal: kind, outcome: 'accepted' })
      metrics.ingestItems.inc({ signal: kind, outcome: 'accepted' }, checked.items)
      metrics.ingestBytes.inc({ signal: kind }, checked.bytes.length)
      if (rejectedItems > 0) {
        metrics.ingestRejectedItems.inc({ signal: kind, reason: 'partial' }, rejectedItems)
      }
      attempts.record(sender.project.slug, {
        at: new Date(now()).toISOString(),
        what: kind,
        outcome: 'accepted',
        status: 200,
        reason: null,
        detail: checked.rejected?.message ?? hint ?? '',
        fix: null,
        items: checked.items,
        rejectedItems,
        service: checked.firstResource.service ?? null,
        version: checked.firstResource.version ?? null,
        environment: checked.firstResource.environment ?? null,
        sender: sender.address,
      })
    },
    refused(what, refusal, { project, address }) {
      const signal = KINDS.has(what) ? what : 'other'
      metrics.ingestRequests.inc({ protocol, signal, outcome: 'refused' })
      metrics.ingestRejectedItems.inc({ signal, reason: refusal.reason })
      attempts.record(project, {
        at: new Date(now()).toISOString(),
        what,
        outcome: 'refused',
        status: refusal.status,
        reason: refusal.reason,
        detail: refusal.message,
        fix: refusal.fix,
        items: 0,
        rejectedItems: 0,
        service: null,
        version: null,
        environment: null,
        sender: address,
      })
    },
    hungUp(kind) {
      metrics.ingestRequests.inc({ protocol, signal: kind, outcome: 'hung_up' })
    },
  }
}
