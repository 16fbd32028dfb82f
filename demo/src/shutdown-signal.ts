import { fstatSync } from 'node:fs'

/** Aborts at SIGINT, SIGTERM, or when the program that started this one is gone. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController()
  const end = () => controller.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // Neither line holds the process when its work is done.
  if (process.connected) {
    process.once('disconnect', end)
    process.channel?.unref()
  } else if (isHeldByParent()) {
    process.stdin.once('end', end).once('error', end).resume()
    process.stdin.unref()
  }
  return controller.signal
}

/** A pipe ends with its writer; a terminal, a file or /dev/null says nothing about a parent. */
function isHeldByParent(): boolean {
  const stdin = fstatSync(0)
  return stdin.isFIFO() || stdin.isSocket()
}
