import type { SignalKind } from '@aftermath/otlp/check'
import { ATTRIBUTES_MAX, EVENTS_MAX, LINKS_MAX } from '@aftermath/otlp/limits'
import type { Metrics } from '../observe/metrics.ts'
import type { Attempts } from './attempts.ts'
import type { CheckedBody } from './check-body.ts'
import type { KeptBody } from './intake.ts'
import type { Refusal } from './refusal.ts'
import type { Sender } from './sender.ts'

export type Protocol = 'http' | 'grpc'

/** Tells the counters, and whoever watches attempts, what became of a request. */
export interface Outcomes {
  accepted(kind: SignalKind, sender: Sender, kept: KeptBody): void
  /** @param what a signal kind, or what was asked for instead */
  refused(what: string, refusal: Refusal, from: { project: string; address: string }): void
  hungUp(kind: SignalKind): void
}

const KINDS: ReadonlySet<string> = new Set(['traces', 'logs', 'metrics'])

type Deps = { attempts: Attempts; metrics: Metrics; now: () => number }

export function recordOutcomes(protocol: Protocol, { attempts, metrics, now }: Deps): Outcomes {
  return {
    accepted(kind, sender, { checked, hint, isFolded }) {
      // What is there already is no new item: accepted ones are those that become rows.
      const outcome = isFolded ? 'folded' : 'accepted'
      const rejectedItems = checked.rejected?.items ?? 0
      const oddities = odditiesOf(checked)
      metrics.ingestRequests.inc({ protocol, signal: kind, outcome: 'accepted' })
      metrics.ingestItems.inc({ protocol, signal: kind, outcome }, checked.items)
      metrics.ingestBytes.inc({ protocol, signal: kind, outcome }, checked.bytes.length)
      if (rejectedItems > 0) {
        metrics.ingestItems.inc({ protocol, signal: kind, outcome: 'rejected' }, rejectedItems)
      }
      for (const [reason, items] of Object.entries(checked.rejected?.byLabel ?? {})) {
        metrics.ingestRejectedItems.inc({ signal: kind, reason }, items)
      }
      for (const { counter, what, count } of oddities) {
        metrics[counter].inc({ signal: kind, what }, count)
      }
      attempts.record(sender.project.slug, {
        at: new Date(now()).toISOString(),
        what: kind,
        outcome: 'accepted',
        status: 200,
        reason: null,
        detail: [
          checked.rejected?.message ?? hint,
          ...oddities.map(({ count, sentence }) => `${count} ${sentence}`),
        ]
          .filter((part) => part !== undefined)
          .join(' · '),
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

/** What is remarkable about items that were kept. */
function odditiesOf(checked: CheckedBody['checked']) {
  const oddities = [
    {
      counter: 'ingestTrimmed',
      what: 'attribute',
      count: checked.droppedAttributes,
      sentence: `attributes beyond ${ATTRIBUTES_MAX.toLocaleString('en')} of one item left out`,
    },
    {
      counter: 'ingestTrimmed',
      what: 'event',
      count: checked.droppedEvents,
      sentence: `events beyond ${EVENTS_MAX} of one span left out`,
    },
    {
      counter: 'ingestTrimmed',
      what: 'link',
      count: checked.droppedLinks,
      sentence: `links beyond ${LINKS_MAX} of one span left out`,
    },
    {
      counter: 'ingestTrimmed',
      what: 'text',
      count: checked.cutTexts,
      sentence: 'texts too long and cut',
    },
    {
      counter: 'ingestOddItems',
      what: 'clock_skew',
      count: checked.clockSkewItems,
      sentence: 'items ahead of this machine’s clock: check the sender’s',
    },
    {
      counter: 'ingestOddItems',
      what: 'negative_duration',
      count: checked.negativeDurations,
      sentence: 'spans end before they start: their duration is 0',
    },
  ] as const
  return oddities.filter(({ count }) => count > 0)
}
