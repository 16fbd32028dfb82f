const repeatMs = 15_000 // where lines cannot be rewritten, e.g. in the log of a pipeline

/**
 * Does a long step with a line that says what is being done and for how long.
 *
 * @template T
 * @param {string} what e.g. 'installing dependencies'
 * @param {() => Promise<T>} work
 * @param {Pick<NodeJS.WriteStream, 'isTTY' | 'write'>} out
 * @returns {Promise<T>}
 */
export async function withProgress(what, work, out = process.stderr) {
  const startedMs = performance.now()
  const line = () => `aftermath: ${what} … ${Math.round((performance.now() - startedMs) / 1000)} s`
  const show = () => out.write(out.isTTY ? `\r${line()}` : `${line()}\n`)
  show()
  const timer = setInterval(show, out.isTTY ? 1_000 : repeatMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    show()
    if (out.isTTY) out.write('\n')
  }
}
