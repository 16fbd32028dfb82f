/** What the shell is told. A pipeline branches on these, so they never change their meaning. */
export const EXIT = {
  /** The gate passed; the command did what it was asked. */
  ok: 0,
  /** The gate failed; for `status`, the server answers and has a problem. */
  fail: 1,
  /** Unknown option, missing or malformed value. Nothing was sent. */
  usage: 2,
  /** The time ran out while the release was still being judged. */
  undecided: 3,
  /** No server answered in time, or it refused: token, project, parameters. */
  unreachable: 4,
  /** Somebody ended the command, as shells have it: 128 and the number of the signal. */
  interrupted: { SIGINT: 130, SIGTERM: 143 },
} as const
