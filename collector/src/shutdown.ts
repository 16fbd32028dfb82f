/**
 * Aborts when the program shall end: SIGINT, SIGTERM, or its parent is gone. A second signal ends it
 * at once.
 */
export function shutdownSignal(): AbortSignal {
  const shutdown = new AbortController()
  const stop = (reason: string) => {
    if (shutdown.signal.aborted) process.exit(130)
    shutdown.abort(new Error(reason))
  }
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  // The launcher holds a channel to this process: when it closes, the launcher died.
  if (process.connected) {
    process.on('disconnect', () => {
      if (!shutdown.signal.aborted) stop('The launcher is gone')
    })
  }
  return shutdown.signal
}
