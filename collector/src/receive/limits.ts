const MiB = 2 ** 20

/** Bounds of one request and of all that are in flight. */
export const receiveLimits = {
  wireBytesMax: 20 * MiB,
  protobufBytesMax: 64 * MiB,
  jsonBytesMax: 16 * MiB,
  /** Past the first MiB a body may not inflate further than this. */
  inflateRatioMax: 200,
  inflateFreeBytes: MiB,
  /** Above it, decompression leaves the event loop to others. */
  inflateInlineBytesMax: 64 * 1024,
  /** Bodies that are being read or checked, all connections together. */
  inFlightBytesMax: 48 * MiB,
  /** From then on a body must have come at this rate, and must be complete at the end. */
  slowAfterMs: 5000,
  slowBytesPerMs: 1024 / 1000,
  bodyMsMax: 60_000,
  retryAfterSeconds: 2,
  /** What is kept: telemetry of before is refused, or it would land in a partition about to go. */
  retentionMs: 30 * 24 * 60 * 60_000,
} as const
