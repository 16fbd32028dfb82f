import { formatCount } from '../format/number.ts'

/** Words of the release page below its first screen, and of the pages that compare and look back. */
export const t = {
  proof: {
    lead: 'Each number of the sentence, counted again from the stored minutes. Copy the query to any SQL client of the database, or run it here.',
    none: 'This sentence holds no number that requests could be counted for again.',
    run: 'Run the query',
    running: 'Running',
    column: {
      what: 'Column',
      said: 'The sentence says',
      judged: 'Judged with',
      counted: 'Counted',
    },
    same: 'same',
    differs: 'differs: data came or went since',
    late: 'Data that arrived after the verdict is counted here, too.',
  },

  latency: {
    all: 'All operations',
    operation: 'Operation',
    title: 'How long requests take',
    cumulative: 'Share of requests that took at most so long',
    bandNote: (alpha: string) =>
      `The shaded bands hold the true distributions at every duration, ${alpha} sure.`,
    differs: 'The two distributions differ: somewhere their gap exceeds both bands.',
    alike: 'The gap between the two lies within the bands everywhere.',
    alone: 'There is no baseline to lay beside it.',
    quantiles: 'Quantiles',
    column: { quantile: 'Quantile', release: 'This release', baseline: 'Baseline' },
    heatmap: 'Durations over time',
    heatmapNote: 'Stronger: more requests took so long.',
    heatmapKeys: 'Arrow keys move through the cells.',
    cell: (when: string, range: string, requests: string) => `${when} · ${range} · ${requests}`,
    upTo: (duration: string) => `up to ${duration}`,
    between: (low: string, high: string) => `${low} to ${high}`,
    empty: 'No request of this release was seen.',
    median: 'median',
  },

  rowChart: {
    effect: 'Measured change and its interval, as published',
    estimate: 'measured',
    low: 'lowest',
    high: 'highest',
    value: 'Per minute of each release',
    none: 'No judgement with this row has been published yet.',
  },

  operations: {
    rate: 'Requests/min',
    failing: 'Failing',
    failingChange: 'Change of failing',
    p95: 'p95',
    p95Change: 'Change of p95',
    damage: 'Share of the damage',
    totals: 'from totals, for one look',
    judged: 'judged, however often you look',
    note: 'Damage: failures beyond what the baseline’s share would have given. Intervals hold with 95 %.',
  },

  replay: {
    label: 'Replay',
    live: 'Back to now',
    slider: 'Minute since the deployment',
    minute: (minute: number) => `minute ${formatCount(minute)}`,
    change: (verdict: string, time: string) => `${verdict} at ${time}`,
    changes: 'Changes of the verdict',
  },

  decide: {
    title: 'Decide',
    lead: 'The gate obeys at once; the ledger keeps what was advised and what you did.',
    accept: 'Accept the release',
    hold: 'Hold the release',
    rollBack: 'Record the roll back',
    patch: 'Record a planned patch',
    reason: 'Reason',
    reasonHint: 'Why it goes on although, or why nothing may go on',
    needsReason: 'Say why: the next one on call reads it.',
    by: 'Your name',
    send: 'Record the decision',
    done: (action: string) => `Recorded: ${action}.`,
    undo: (seconds: number) => `Undo (${seconds} s)`,
    undone: 'Taken back.',
  },

  compare: {
    title: (service: string) => `Compare · ${service}`,
    heading: 'Compare',
    base: 'Base',
    target: 'Target',
    swap: 'Swap base and target',
    align: 'Align minutes',
    alignBy: { deployment: 'since deployment', clock: 'by the clock' },
    differentHours:
      'Different hours: trust less. They did not serve at the same time, so part of a difference may be the hours’.',
    never: 'The two never served in the same minutes. Align them since deployment instead.',
    few: (version: string, needed: string) =>
      `${version} has too few requests: ${needed} more needed.`,
    choose: 'Choose two releases',
    chooseText: 'Tick two releases of one service in the list of releases, or choose them here.',
    forest: 'What differs',
    worse: 'target worse',
    better: 'target better',
    operations: 'Operations',
    side: 'In the minutes compared',
    column: { side: 'Side', release: 'Release', window: 'Minutes', requests: 'Requests' },
    arm: { candidate: 'target', baseline: 'base' },
  },

  decisions: {
    title: 'Decisions',
    calibration: 'Has the advice been right?',
    ledger: 'Ledger',
    emptyTitle: 'No decision yet',
    emptyText:
      'Verdicts you act on land here: accept, hold, roll back or patch on a release’s page, or by the API.',
    tooFew: 'Too few to judge us by: fewer than 20 verdicts could be checked so far.',
    rule: 'A verdict counts as right or wrong by this rule',
    right: (right: number, checked: number) =>
      `right ${formatCount(right)} of ${formatCount(checked)}`,
    harmful: (harmful: number, checked: number) =>
      `${formatCount(harmful)} of ${formatCount(checked)} turned out harmful`,
    none: 'none checked yet',
    interval: (low: string, high: string) => `${low} to ${high}`,
    medianMinute: (minute: number) => `median minute ${formatCount(minute)}`,
    open: (number: number) => `${formatCount(number)} open`,
    missed: 'Harmful releases never called so',
    overrides: (overrides: number, made: number) =>
      `${formatCount(overrides)} of ${formatCount(made)} decisions went against the advice`,
    falseRollBacks: (observed: number, expected: string, healthy: number) =>
      `False roll backs: ${formatCount(observed)} among ${formatCount(healthy)} healthy releases; at most ${expected} expected`,
    plot: 'Said and happened: share of verdicts that were right, with its interval',
    column: {
      when: 'When',
      release: 'Release',
      said: 'Advised',
      did: 'Decided',
      who: 'Who',
      outcome: 'Advice was',
      checked: 'Checked',
    },
    advice: {
      right: 'right',
      wrong: 'wrong',
      open: 'not known yet',
      no_claim: 'no claim',
    } as Record<string, string>,
    undone: 'taken back',
    override: 'against the advice',
    nobody: 'no name given',
  },
}
