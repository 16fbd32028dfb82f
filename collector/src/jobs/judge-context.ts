import { createHash } from 'node:crypto'
import type { SloAlert } from '@aftermath/analysis/baseline/choose-baseline'
import { VerdictState } from '@aftermath/schemas/verdict'
import { z } from 'zod'
import { standingOf, type StoredDecision } from '../releases/decisions.ts'
import { lastGoodBefore } from '../releases/release-order.ts'
import type { ReleaseLine } from '../releases/read-releases.ts'

/** What a judgement takes besides minutes. Stored, so that it can be made again: plain data. */
export const JudgeContext = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  /** Of the service, oldest first deployment first. */
  releases: z.array(
    z.object({
      version: z.string(),
      firstDeployedAtMs: z.number(),
      deployedAtMs: z.array(z.number()),
      implausible: z.boolean(),
      irreversibleMigration: z.boolean(),
      /** Its last verdict before this judgement: it decides whether it may be a baseline. */
      verdict: VerdictState.nullable(),
    }),
  ),
  rollBackTo: z.string().nullable(),
  /** When a person last decided on it. */
  decidedAtMs: z.number().nullable(),
  /** When objectives of the service burned, from the day before its deployment on. */
  sloAlerts: z
    .array(
      z.object({
        severity: z.enum(['page', 'ticket']),
        fromMs: z.number(),
        untilMs: z.number().nullable(),
      }),
    )
    .default([]),
  /** Hash of the {@link Surroundings}, which many releases share. */
  surroundings: z.string(),
})
export type JudgeContext = z.output<typeof JudgeContext>

/** First deployments in an environment by service, those that something was there before. */
export const Surroundings = z.object({
  services: z.array(z.object({ service: z.string(), deployedAtMs: z.array(z.number()) })),
})
export type Surroundings = z.output<typeof Surroundings>

/** A text that is stored once, under its hash. */
export type Kept = { hash: string; body: string }

export function keep(value: unknown): Kept {
  const body = JSON.stringify(value)
  return { hash: createHash('sha256').update(body).digest('hex').slice(0, 32), body }
}

export function surroundingsOf(lines: readonly ReleaseLine[]): Surroundings {
  return {
    services: lines
      .map(({ service, releases }) => ({
        service,
        // The oldest release that we know did not begin with us: it only was there first.
        deployedAtMs: releases.slice(1).map(({ firstDeployedMs }) => firstDeployedMs),
      }))
      .filter(({ deployedAtMs }) => deployedAtMs.length > 0)
      .toSorted((a, b) => (a.service < b.service ? -1 : 1)),
  }
}

const DAY_MS = 24 * 60 * 60_000

export function contextOf(
  { service, environment, releases }: ReleaseLine,
  version: string,
  known: {
    verdicts: ReadonlyMap<string, VerdictState>
    decisions: readonly StoredDecision[]
    sloAlerts: readonly SloAlert[]
    surroundings: string
  },
): JudgeContext {
  const { verdicts, decisions, sloAlerts, surroundings } = known
  const self = releases.find((one) => one.version === version)
  const sinceMs = (self?.firstDeployedMs ?? 0) - DAY_MS
  const good = lastGoodBefore(releases, version, (of) => verdicts.get(of))
  return {
    service,
    environment,
    version,
    releases: releases.map((one) => ({
      version: one.version,
      firstDeployedAtMs: one.firstDeployedMs,
      deployedAtMs: one.deployedMs,
      implausible: one.implausible !== undefined,
      irreversibleMigration: one.irreversibleMigration,
      // Its own has no say in it, and would make a context of every change.
      verdict: one.version === version ? null : (verdicts.get(one.version) ?? null),
    })),
    rollBackTo: good?.version ?? null,
    decidedAtMs: standingOf(decisions, { service, environment, version })?.decidedMs ?? null,
    sloAlerts: sloAlerts.filter(({ untilMs }) => untilMs === null || untilMs > sinceMs),
    surroundings,
  }
}
