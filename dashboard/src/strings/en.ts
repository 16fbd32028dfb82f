import type { DecisionAction } from '@aftermath/schemas/api/decisions'
import type { Attempt } from '@aftermath/schemas/api/onboarding'
import type { BaselineKind, Conclusion, Exposure, VerdictState } from '@aftermath/schemas/verdict'
import { formatCount } from '../format/number.ts'

const plural = new Intl.PluralRules('en')

/** 1 release, 2 releases. */
function count(number: number, one: string, other: string): string {
  return `${formatCount(number)} ${plural.select(number) === 'one' ? one : other}`
}

const spans: Record<string, string> = {
  '-15m': '15 minutes',
  '-1h': 'hour',
  '-6h': '6 hours',
  '-24h': '24 hours',
  '-7d': '7 days',
  '-30d': '30 days',
}
const shortSpans: Record<string, string> = {
  '-15m': '15 min',
  '-1h': '1 h',
  '-6h': '6 h',
  '-24h': '24 h',
  '-7d': '7 d',
  '-30d': '30 d',
}

const verdict: Record<VerdictState, string> = {
  ship: 'Ship',
  watch: 'Watch',
  patch: 'Patch',
  roll_back: 'Roll back',
  insufficient_data: 'Collecting',
}

const conclusion: Record<Conclusion, string> = {
  worse: 'worse',
  no_change: 'no real change',
  better: 'better',
  unknown: 'not certain yet',
}

const baselineKind: Record<BaselineKind, string> = {
  concurrent: 'ran at the same time',
  previous_time_matched: 'same hours of earlier weeks',
  previous_window: 'before the deployment',
  named: 'chosen by name',
  none: 'nothing to compare with',
}

/** Every word of the dashboard that the server does not make. */
export const t = {
  verdict,
  conclusion,
  baselineKind,

  nav: {
    label: 'Main',
    open: 'Open navigation',
    collapse: 'Collapse navigation',
    logOut: 'Log out',
    expand: 'Expand navigation',
    decide: 'Decide',
    explore: 'Explore',
    traces: 'Traces',
    logs: 'Logs',
    metrics: 'Metrics',
    run: 'Run',
    overview: 'Overview',
    releases: 'Releases',
    decisions: 'Decisions',
    alerts: 'Alerts and SLOs',
    start: 'Start',
    status: 'Status',
  },

  shell: {
    skip: 'Skip to content',
    project: 'Project',
    environment: 'Environment',
    service: 'Service',
    filters: 'Filters',
    allServices: 'All services',
    busiest: (name: string | undefined) => (name === undefined ? 'Busiest' : `${name} (busiest)`),
    live: 'Live',
    liveOn: 'Refreshes every 5 seconds. Turn off (.)',
    liveOff: 'Refresh every 5 seconds (.)',
    copyLink: 'Copy link',
    copyAsIs: 'Copy link as it is',
    copyFixed: 'Copy with the range fixed to these minutes',
    theme: (theme: 'system' | 'light' | 'dark') =>
      ({
        system: 'Theme: as the system. Switch to light',
        light: 'Theme: light. Switch to dark',
        dark: 'Theme: dark. Switch to the system’s',
      })[theme],
    dropped: (values: string) => `The address held values that could not be read: ${values}`,
  },

  range: {
    label: 'Time range',
    presets: 'Ranges up to now',
    preset: (point: string) => shortSpans[point] ?? point,
    last: (point: string) => `Last ${spans[point] ?? point.slice(1)}`,
    now: 'now',
    from: 'From',
    to: 'To',
    zone: 'Time zone',
    apply: 'Set range',
    order: 'The range must end after it begins.',
  },

  action: {
    copy: 'Copy',
    copyFix: 'Copy fix',
    copied: 'Copied',
    linkCopied: 'Link copied',
    close: 'Close',
    clear: 'Clear',
    clearFilter: 'Clear the filter',
    widen: 'Widen to 7 days',
    showAsTable: 'Show as table',
    showAsChart: 'Show as chart',
    showMore: (more: number) => `Show ${formatCount(more)} more`,
  },

  help: {
    open: 'Keys (?)',
    title: 'Keys',
    singleKeys: 'Single keys are on',
    keys: [
      ['g h', 'Overview'],
      ['g r', 'Releases'],
      ['g d', 'Decisions'],
      ['g t', 'Traces'],
      ['g l', 'Logs'],
      ['g m', 'Metrics'],
      ['g o', 'Alerts and SLOs'],
      ['g u', 'Start'],
      ['g k', 'Status'],
      ['/', 'Filter'],
      ['[', 'Older release'],
      [']', 'Newer release'],
      ['.', 'Live on or off'],
      ['c', 'Copy link'],
      ['?', 'This list'],
    ] as [string, string][],
  },

  state: {
    loading: 'Loading',
    partial: 'Part of the data did not answer: what follows is incomplete.',
    stale: (at: Date) =>
      `The last refresh failed. This is from ${at.toLocaleTimeString('en-GB', { timeStyle: 'short' })}.`,
    offline: 'No network. What was loaded stays; it refreshes when the network is back.',
  },

  error: {
    offline: {
      title: 'Aftermath did not answer',
      detail: 'The collector is not running, or the network between is down.',
    },
    timeout: {
      title: 'The answer took too long and was stopped',
      detail: 'Choose a shorter range or one service.',
    },
    malformed: {
      title: 'The answer could not be read',
      detail: 'Something between this page and the collector changed it, or their versions differ.',
    },
    status: (status: number) => `The request failed with status ${status}`,
    drawing: 'This part could not be drawn',
    page: 'This page could not be loaded',
    requestId: 'Request',
    retry: 'Retry',
  },

  notFound: {
    title: 'There is no page at this address',
    text: 'The link may be incomplete, or what it led to was removed.',
  },

  login: {
    title: 'Log in',
    lead: 'The start of Aftermath printed a link that logs in with one click. Without it, a token does.',
    token: 'Token',
    where: 'The admin token lies in the data directory; each start prints where.',
    submit: 'Log in',
    working: 'Logging in',
    wrongToken: 'This token is not known. Copy it whole, without spaces.',
    wrongCode:
      'This link was used already or has expired. Start prints a new one; a token works too.',
  },

  overview: {
    title: 'Overview',
    needYou: (number: number) => count(number, 'needs you', 'need you'),
    collecting: (number: number) => `${formatCount(number)} collecting`,
    fine: (number: number) => `${formatCount(number)} fine`,
    since: (span: string, releases: number, deployments: number) =>
      `${span}: ${count(releases, 'new release', 'new releases')}, ${count(deployments, 'deployment', 'deployments')}.`,
    filter: 'Filter services and versions',
    eta: (minutes: number) => `${etaText(minutes)} left`,
    sparkline: (peak: string) => `Traffic over the range; failures reach ${peak} at most`,
    emptyTitle: 'No release seen yet',
    emptyText:
      'A row per service appears as soon as telemetry arrives. A few variables are enough for any OpenTelemetry SDK.',
    connect: 'Connect a service',
    filteredTitle: (filter: string) => `Nothing matches ${filter}`,
    notInRange: 'Nothing was seen in this range and with these filters',
  },

  column: {
    verdict: 'Verdict',
    release: 'Release',
    what: 'What',
    failing: 'Failing',
    p95: 'p95',
    traffic: 'Requests',
    share: 'Share',
    deployed: 'Deployed',
    trend: 'Trend',
    environment: 'Environment',
    operation: 'Operation',
    difference: 'Difference of failing',
    time: 'Time',
  },

  releases: {
    title: 'Releases',
    filter: 'Filter versions',
    lanes: 'Timeline',
    lanesNote: 'From each first deployment to the next; height is its share of traffic now.',
    adoption: 'Adoption',
    outOfOrder: 'Out of order',
    compare: 'Compare',
    tick: (service: string, version: string) => `Compare ${isolated(service)} ${isolated(version)}`,
    ticked: (number: number) => `${formatCount(number)} of 2 releases ticked`,
    onlyOneService: 'Only releases of one service and environment can be compared.',
    compareTicked: 'Compare the two releases',
    registered: 'registered',
    seen: 'seen in telemetry',
    emptyTitle: 'No service.version seen',
    emptyText:
      'A version becomes a release when telemetry carries it. Set it where the service runs:',
  },

  release: {
    title: (state: VerdictState | undefined, service: string, version: string) =>
      `${state === undefined ? '' : `${verdict[state]} · `}${service} ${version}`,
    since: 'since',
    ofTraffic: (share: string) => `${share} of traffic`,
    severity: { minor: 'minor', major: 'major', critical: 'critical' },
    superseded: (version: string) =>
      `A newer release runs in this environment: ${isolated(version)}.`,
    partialVerdict: 'The verdict, too, is from the part that answered.',
    forest: 'Evidence',
    forestLabel: 'Effect of the release on each signal',
    worse: 'worse',
    better: 'better',
    zone: 'no real change',
    change: (confidence: string) => `change, ${confidence} sure`,
    needed: (requests: number) => `${formatCount(requests)} more needed`,
    exposure: {
      requests: (number: number) => count(number, 'request', 'requests'),
      sessions: (number: number) => count(number, 'session', 'sessions'),
      users: (number: number) => count(number, 'user', 'users'),
      items: (number: number) => count(number, 'item', 'items'),
      views: (number: number) => count(number, 'page view', 'page views'),
      minutes: (number: number) => count(number, 'minute', 'minutes'),
    } satisfies Record<Exposure, (number: number) => string>,
    failedRequests: 'Failed requests',
    slowestRequests: 'Slowest requests',
    allRequests: 'All requests',
    foldedRows: (rows: number) => count(rows, 'more comparison', 'more comparisons'),
    noEvidence: 'No signal has been compared yet.',
    why: 'Why',
    changes: 'What would change this',
    howKnown: 'How do we know?',
    decide: 'Accept, hold, or say what you did',
    decided: (what: string) => `Decided: ${what}`,
    by: (name: string) => `by ${isolated(name)}`,
    decision: {
      accept: 'accepted',
      hold: 'held',
      patch: 'patch planned',
      roll_back: 'rolled back',
      turn_off_flag: 'flag turned off',
      uat: 'signed off by users',
    } satisfies Record<DecisionAction, string>,
    rollBack: 'How to roll back',
    rollBackNote: 'Choose the line of the tool that deploys this service.',
    nothingFired: 'No rule of the policy has fired.',
    nothingChanges: 'Nothing within reach changes it at present.',
    comparedWith: 'Compared with',
    judgedUntil: 'judged up to',
    policy: (version: string) => `policy ${version}`,
    collecting: 'Until it can be judged',
    etaAt: (minutes: number) => `${capital(etaText(minutes))} at the present traffic.`,
    noEta: 'The present traffic gives no estimate of when.',
    sample: (have: number, all: string) => `${formatCount(have)} of ${all}`,
    older: 'Older',
    newer: 'Newer',
    tiles: 'Numbers of the release',
    tile: {
      traffic: 'Requests',
      errorRate: 'Failing',
      p95: 'p95 latency',
      excess: 'Failures beyond the baseline',
      excessNote: 'what its rate would not have given',
      reached: (users: string, share: string) => `${users} hit, ${share} of its users`,
      was: (value: string) => `baseline ${value}`,
      noBaseline: 'no baseline',
      notCounted: 'not counted yet',
    },
    views: 'Views',
    overTime: 'Over time',
    operations: 'Operations',
    latency: 'Latency',
    decisions: 'Decisions',
    chooseBaseline: 'Compare with another release',
    baseline: 'Baseline',
    chosenBaseline: 'chosen automatically',
    onDemand: (version: string) =>
      `Judged now against ${isolated(version)}, which you named; the verdict that counts is with the automatic baseline.`,
    replayed: (time: string) => `This is the verdict published at ${time}, not the present one.`,
    notJudgedThen: 'Nothing was judged of it in this minute yet.',
    backToNow: 'Back to now',
    backToAutomatic: 'Back to the automatic baseline',
    words: {
      up: 'rose',
      down: 'fell',
      sure: (confidence: string, what: string, direction: string, low: string, high: string) =>
        `We are ${confidence} sure that ${what} ${direction} by between ${low} and ${high}.`,
      between: (confidence: string, what: string, interval: string) =>
        `We are ${confidence} sure that the change of ${what} lies within ${interval}.`,
      factor: (confidence: string, what: string, interval: string) =>
        `We are ${confidence} sure that ${what} changed by a factor of ${interval}.`,
      zone: (zone: string) => `Changes below ${zone} do not matter here.`,
      noInterval: 'Too little was seen for an interval.',
      anytime: 'Look as often as you like: it stays right.',
    },
    arm: { candidate: 'this release', baseline: 'baseline' },
    notSeenTitle: 'Not seen yet',
    notSeenText: (service: string, environment: string | undefined) =>
      `No telemetry of this version of ${service}${environment === undefined ? '' : ` in ${environment}`} has arrived. It shows up here with its first request. If it is being rolled out, tell when:`,
    operationsEmpty: 'No operation of this release was seen.',
    new: 'new',
  },

  chart: {
    traffic: 'Requests per minute',
    errorRate: 'Failing requests',
    latency: 'Latency',
    share: 'Share of traffic',
    deployment: (version: string) => `${isolated(version)} deployed`,
    firstSeen: (version: string) => `${isolated(version)} first seen`,
    markers: (number: number) => count(number, 'deployment', 'deployments'),
    empty: 'No request in this range.',
    describe: (title: string, from: string, to: string) => `${title}, from ${from} to ${to}`,
    zoom: 'Drag across a chart to look closer.',
    life: 'The charts show the life of the release; choose a range to see another.',
    other: 'other',
  },

  start: {
    title: 'Connect a service',
    lead: 'A few variables are enough for any OpenTelemetry SDK. The rest of the page shows what arrives, as it arrives.',
    language: 'Language',
    step1: 'Tell the SDK where to send and what it is',
    step2: 'Start it',
    step3: 'Watch it arrive',
    noKey: 'Senders on this machine need no key.',
    copySnippet: 'Copy',
    waiting: 'Waiting for the first request',
    waitingText:
      'Every request to the ingest port shows up here within two seconds, refused ones too.',
    accepted: 'accepted',
    refused: 'refused',
    items: (attempt: Attempt) => count(attempt.items, 'item', 'items'),
    rejected: (items: number) => `${formatCount(items)} rejected`,
    from: 'from',
    noVersion: 'no service.version',
    stream: { live: 'live', polling: 'every 5 seconds', off: 'paused' },
    checks: {
      title: 'Checks',
      telemetry: ['Telemetry', 'something was accepted'],
      version: ['Version', 'service.version is set'],
      environment: ['Environment', 'deployment.environment.name is set'],
      deployment: ['Deployment', 'a deployment was registered'],
      done: 'done',
      missing: 'not yet',
    },
    openOverview: 'Open the overview',
  },
}

/** A name that turns the direction of text does not turn the words around it. */
const isolated = (name: string) => `\u2068${name}\u2069`

/** An ETA is already rounded up to 1, 5, 15 or 60 minutes. */
function etaText(minutes: number): string {
  if (minutes < 60) return `about ${count(minutes, 'minute', 'minutes')}`
  if (minutes < 2880) return `about ${count(Math.round(minutes / 60), 'hour', 'hours')}`
  return `about ${count(Math.round(minutes / 1440), 'day', 'days')}`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
