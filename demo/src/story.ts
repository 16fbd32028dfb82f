import type { NewDeployment } from '@aftermath/schemas/api/deployments'
import type { z } from 'zod'
import { poisson, randomOf } from './random.ts'
import type { ServiceName } from './shop.ts'

const MINUTE_MS = 60_000
/** What chance brings in the story, the same in every telling. */
const SEED = 'summer'

/** How much of the shop's past is told before its present goes on. */
export const STORY_MINUTES = 300
/** The longest silence that is filled in when a story is taken up again. */
const SILENCE_MINUTES_MAX = STORY_MINUTES + 60

type Shares = Record<string, number>
type Chapter = {
  /** Minutes after the story's beginning. */
  minute: number
  service: ServiceName
  /** Share of the service's traffic by version, from here on. */
  shares: Shares
  deployment?: Omit<z.input<typeof NewDeployment>, 'service' | 'startedAt'>
}

/**
 * Four releases after a quiet beginning. The bad ones run beside the release that they would
 * replace, so each of their minutes has its own comparison; the clean one replaces at once.
 */
export const CHAPTERS: Chapter[] = [
  {
    minute: 0,
    service: 'storefront',
    shares: { '5.0.0': 1 },
    deployment: { version: '5.0.0', title: 'Autumn storefront' },
  },
  {
    minute: 0,
    service: 'checkout',
    shares: { '2.3.0': 1 },
    deployment: { version: '2.3.0', title: 'Carts survive a restart' },
  },
  {
    minute: 0,
    service: 'payments',
    shares: { '1.8.0': 1 },
    deployment: { version: '1.8.0', title: 'Refunds in instalments' },
  },
  {
    minute: 100,
    service: 'payments',
    shares: { '1.9.0': 1 },
    deployment: { version: '1.9.0', title: 'Ledger client 4' },
  },
  {
    minute: 150,
    service: 'checkout',
    shares: { '2.3.0': 0.7, '2.4.0': 0.3 },
    deployment: {
      version: '2.4.0',
      status: 'started',
      stage: { strategy: 'canary', weight: 30 },
      title: 'Discount codes',
    },
  },
  {
    minute: 215,
    service: 'checkout',
    shares: { '2.3.0': 1 },
    deployment: {
      version: '2.4.0',
      status: 'rolled_back',
      stage: { strategy: 'canary', weight: 30 },
      title: 'Discount codes',
    },
  },
  {
    minute: 240,
    service: 'storefront',
    shares: { '5.0.0': 0.5, '5.1.0': 0.5 },
    deployment: {
      version: '5.1.0',
      status: 'started',
      stage: { strategy: 'rolling', weight: 50 },
      title: 'Related products',
    },
  },
]

/** What callers from outside ask of the shop, in requests per minute of a normal hour. */
const DEMAND: { service: ServiceName; method: 'GET' | 'POST'; route: string; perMinute: number }[] =
  [
    { service: 'storefront', method: 'GET', route: '/', perMinute: 6 },
    { service: 'storefront', method: 'GET', route: '/products/{id}', perMinute: 12 },
    { service: 'storefront', method: 'GET', route: '/search', perMinute: 5 },
    { service: 'storefront', method: 'POST', route: '/cart', perMinute: 4 },
    { service: 'storefront', method: 'POST', route: '/order', perMinute: 4 },
    { service: 'checkout', method: 'GET', route: '/carts/{id}', perMinute: 8 },
    { service: 'checkout', method: 'POST', route: '/checkout', perMinute: 8 },
    { service: 'payments', method: 'GET', route: '/charges/{id}', perMinute: 14 },
    { service: 'payments', method: 'POST', route: '/notifications', perMinute: 26 },
  ]

/** One caller's request and the releases that serve it. */
export type Journey = {
  id: string
  atMs: number
  service: ServiceName
  method: 'GET' | 'POST'
  path: string
  versions: Record<ServiceName, string>
}

/** The journeys that begin in a minute of the story, in order. The same for the same arguments. */
export function journeysOfMinute(minute: number, beginMs: number): Journey[] {
  const random = randomOf(`${SEED} ${minute}`)
  const atMs = beginMs + minute * MINUTE_MS
  return DEMAND.flatMap(({ service, method, route, perMinute }) => {
    const count = poisson(perMinute * busyness(minute), random)
    return Array.from({ length: count }, (_, index) => ({
      id: `${SEED}-${minute}-${service}-${method}-${route}-${index}`,
      atMs: atMs + random() * MINUTE_MS,
      service,
      method,
      path: route.replace('{id}', String(1 + Math.floor(random() * 400))),
      versions: {
        storefront: chooseVersion('storefront', minute, random()),
        checkout: chooseVersion('checkout', minute, random()),
        payments: chooseVersion('payments', minute, random()),
      },
    }))
  }).toSorted((a, b) => a.atMs - b.atMs)
}

/** A mild swell over six hours, of the story and not of the clock: it is told alike at any time. */
function busyness(minute: number): number {
  return 1 + 0.15 * Math.sin((minute / 360) * 2 * Math.PI)
}

function chooseVersion(service: ServiceName, minute: number, point: number): string {
  let rest = point
  const shares = Object.entries(sharesAt(service, minute))
  for (const [version, share] of shares) {
    rest -= share
    if (rest < 0) return version
  }
  return shares.at(-1)?.[0] ?? ''
}

/** What each version serves in a minute; the last chapter goes on for ever. */
export function sharesAt(service: ServiceName, minute: number): Shares {
  const begun = CHAPTERS.filter(
    (chapter) => chapter.service === service && chapter.minute <= minute,
  )
  return begun.at(-1)?.shares ?? {}
}

/** The deployments of a story that begins then, as the API takes them, with their minute. */
export function deploymentsOf(beginMs: number) {
  const timeOf = (minute: number) => new Date(beginMs + minute * MINUTE_MS).toISOString()
  return CHAPTERS.flatMap(({ minute, service, deployment }) => {
    if (deployment === undefined) return []
    const { version, ...rest } = deployment
    const arrived = CHAPTERS.find((each) => each.service === service && version in each.shares)
    const arrivedMinute = arrived?.minute ?? minute
    const record: z.input<typeof NewDeployment> = {
      ...rest,
      service,
      version,
      environment: 'production',
      startedAt: timeOf(arrivedMinute),
      ...(minute > arrivedMinute ? { finishedAt: timeOf(minute) } : {}),
      actor: 'demo',
      source: 'demo',
      sourceId: `${service}-${version}`,
    }
    return [{ minute, deployment: record }]
  })
}

/**
 * Where to take the story up: a fresh one begins hours ago; an earlier one goes on where it was
 * left, or in the present where the silence since would take too long to fill.
 */
export function planStory(
  earlier: { beginMs: number; lastSeenMs: number } | undefined,
  nowMs: number,
): { beginMs: number; fromMs: number } {
  if (earlier === undefined) {
    const beginMs = (Math.floor(nowMs / MINUTE_MS) - STORY_MINUTES) * MINUTE_MS
    return { beginMs, fromMs: beginMs }
  }
  const { beginMs, lastSeenMs } = earlier
  const tooLong = nowMs - lastSeenMs > SILENCE_MINUTES_MAX * MINUTE_MS
  return { beginMs, fromMs: tooLong ? nowMs : lastSeenMs }
}
