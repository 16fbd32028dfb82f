const KiB = 2 ** 10
const MiB = 2 ** 20

/** Bounds of one request and of all that are in flight. Tests give their own. */
export const receiveLimits = {
  wireBytesMax: 20 * MiB,
  protobufBytesMax: 64 * MiB,
  jsonBytesMax: 16 * MiB,
  /** Past the first MiB a body may not inflate further than this. */
  inflateRatioMax: 200,
  inflateFreeBytes: MiB,

  /** Bodies that are being read, checked or written, all connections together. */
  inFlightBytesMax: 48 * MiB,
  /** What a key may always hold of it. */
  inFlightKeyBytesMin: MiB,
  /** Requests in decompression or check. */
  checkingMax: 64,
  /** A key that was heard of within this time has its share of both. */
  activeKeyMs: 10_000,

  /** A key's rate. */
  requestsPerSecond: 10_000,
  bytesPerSecond: 200 * MiB,
  burstSeconds: 2,

  /** A body must come at this rate once it has had its time. */
  slowBytesPerSecond: KiB,
  slowAfterMs: 5000,
  /** And be complete by then, at whatever rate. */
  bodyMsMax: 60_000,

  /** Of a refused body so much is read, so that its sender gets to read the answer. */
  drainBytesMax: 64 * KiB,
  lingerMs: 2000,

  /** What a refused sender is told to wait, ± 20 %. */
  retryAfterMs: 5000,
  /** What is kept: telemetry of before is refused, or it would land in a partition about to go. */
  retentionMs: 30 * 24 * 60 * 60_000,
} as const

export type ReceiveLimits = { readonly [K in keyof typeof receiveLimits]: number }
