import { formatCount } from '../format/number.ts'

const plural = new Intl.PluralRules('en')
const count = (number: number, one: string, other: string) =>
  `${formatCount(number)} ${plural.select(number) === 'one' ? one : other}`

/** Words of the status page, apart from the rest, which every page loads. */
export const t = {
  title: 'Status',
  allWell: 'Everything works',
  problems: (number: number) => count(number, 'problem', 'problems'),
  version: (version: string) => `Aftermath ${version}`,

  facts: {
    lag: 'Behind the senders',
    journal: 'Journal',
    journalNote: (segments: number, limit: string | undefined) =>
      [count(segments, 'file', 'files'), limit === undefined ? '' : `of ${limit}`]
        .filter(Boolean)
        .join(', '),
    waiting: 'Waiting for ClickHouse',
    waitingNote: (oldest: string) => `batches, the oldest request ${oldest} old`,
    disk: 'Disk',
    diskNote: (share: string, used: string) => `free, ${share} of the disk; ${used} is Aftermath’s`,
    engine: 'ClickHouse',
    up: 'up',
    down: 'down',
    embedded: 'embedded',
    external: 'external',
    restarts: (number: number) => count(number, 'restart', 'restarts'),
    memory: 'Its memory',
    memoryNote: (parts: number, merges: number) =>
      `${count(parts, 'part', 'parts')}, ${count(merges, 'merge', 'merges')} running`,
    deadLetters: 'Could not be stored',
    deadLettersNote: 'batches of all projects',
    shed: 'Given up for now',
    shedNothing: 'nothing',
    shedNote: 'what goes first when there is too much to do',
  },

  /** What to do about a problem, by its code. */
  remedy: {
    stopping: 'Nothing. Start it again if nobody meant it to stop.',
    engine_down:
      'The embedded ClickHouse is started again by itself; if it keeps failing, the log says why. For a server of your own, see that AFTERMATH_CLICKHOUSE_URL answers. What senders send meanwhile is kept and stored later.',
    disk_full:
      'Free space on the disk of AFTERMATH_DATA_DIR, or give the journal more room with AFTERMATH_JOURNAL_MAX_GB. Intake goes on by itself; senders keep trying until then.',
    journal_failed:
      'Check the disk under AFTERMATH_DATA_DIR: its mount, its rights, its health. Intake goes on by itself once it can be written.',
    held: 'See the log for what ClickHouse refuses: a table, a right, a full disk of its own. It is tried again every 30 seconds, and nothing is lost.',
    dead_letters: 'Look at them below: store them again once the cause is mended, or discard them.',
    lag: 'ClickHouse is slower than what arrives. Nothing is lost, but pages and verdicts show the past. If it does not shrink, give it more cores or a faster disk, or send less.',
    disk_low: 'Free space before intake stops: move the data directory, or keep less.',
    broken_parts:
      'ClickHouse set parts of tables aside because their files were damaged. Check the disk, then compare with a backup: what was in them is not in any answer.',
    damaged:
      'Records of the journal could not be read after a start. Check the disk; senders were told that these were taken.',
    shed: 'There is more to do than this machine can: verdicts and SQL wait first, then live pages, then metrics, logs and traces. Senders are told to try again. More cores, or fewer and larger requests, end it.',
  } as Record<string, string>,
  notice: {
    lag: (lag: string) => `What is shown is ${lag} behind the senders.`,
    disk_low: (share: string) => `Only ${share} of the disk is free.`,
    broken_parts: (number: number) => `${count(number, 'part', 'parts')} of tables are damaged.`,
    damaged: (number: number) =>
      `${count(number, 'record', 'records')} of the journal were damaged.`,
    shed: (what: string) => `Given up for now: ${what}.`,
  },

  intake: 'Requests since the start',
  intakeColumn: {
    signal: 'Signal',
    protocol: 'By',
    accepted: 'Accepted',
    refused: 'Refused',
    hungUp: 'Cut off',
  },
  protocolOf: { http: 'HTTP', grpc: 'gRPC' } as Record<string, string>,
  items: (accepted: string, rejected: string) =>
    rejected === '0' ? `${accepted} items taken` : `${accepted} items taken, ${rejected} not`,
  noRequests: 'No request has come since the start.',

  rejections: 'Not taken since the start, and why',
  rejectionColumn: { reason: 'Reason', signal: 'Signal', count: 'Count', remedy: 'What to do' },
  noRejections: 'Everything that came was taken.',
  /** What to change about what is not taken, by its reason. */
  reason: {
    auth: 'Give the sender the key of the project: the header x-aftermath-key, see Start.',
    rate: 'A key sends more than its share. The SDK tries again; sample more, or raise the limit of the key.',
    overload:
      'There was too much to do. The SDK tries again; if it goes on, the machine is too small.',
    disk: 'The disk or the journal was full. The SDK tries again; free space.',
    size: 'Send smaller batches: OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_BLRP_MAX_EXPORT_BATCH_SIZE.',
    ratio: 'A body grew too much when inflated: send it less compressed, or in smaller batches.',
    malformed: 'The body is no OTLP. The last refusals below name the byte or field.',
    depth: 'An attribute is nested too deeply: send flat attributes.',
    time: 'The clock of a sender is wrong, or what it sends is older than what is kept. Check its clock.',
    id: 'A span came without trace or span id: update the SDK that made it.',
    slow: 'A body came too slowly: look at the network between.',
    path: 'Wrong address: OTEL_EXPORTER_OTLP_ENDPOINT ends at the port, without /v1/….',
    method: 'OTLP is sent by POST: something else calls this address.',
    content_type: 'Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf, or send to the gRPC port.',
    encoding: 'Compress with gzip, deflate or zstd, or not at all.',
  } as Record<string, string>,

  deadLetters: 'Could not be stored',
  noDeadLetters: 'Everything that was taken is stored, or will be.',
  ofOtherProjects: (number: number) =>
    `None of this project; ${count(number, 'batch', 'batches')} of others.`,
  deadLetterColumn: { what: 'What', why: 'Why', received: 'Came', act: 'What to do' },
  deadLetterItems: (items: number, requests: number, size: string) =>
    `${count(items, 'item', 'items')} in ${count(requests, 'request', 'requests')}, ${size}`,
  replay: 'Store again',
  discard: 'Discard',
  discardSure: 'Discard for good',
  keep: 'Keep',
  interrupted: 'Storing it again was cut off: it may be there already.',

  refusals: 'Last refusals of this project',
  noRefusals: 'None of the last 50 requests was refused.',

  rollUps: 'Roll-ups',
  rollUpsText:
    'Pages and verdicts read counts by minute. They equal a recount of the rows at any time; here that can be checked.',
  recount: 'Recount the last hour',
  recounting: 'Counting',
  noDifference: 'The last hour is right to the last row.',
  differences: (number: number) =>
    `${count(number, 'minute', 'minutes')} differ: they are mended by themselves after an interrupted insert; if they stay, tell us.`,

  jobs: 'Jobs',
  job: 'Job',
  lastSuccess: 'Last success',
  errors: 'Errors',
  never: 'never',
}
