import { existsSync, readdirSync } from 'node:fs'
import { Failure } from './failure.mjs'
import { readRegistry } from './npm.mjs'
import { inClone, root } from './paths.mjs'
import { enginePackage, readMachine } from './platform.mjs'
import { withProgress } from './progress.mjs'
import { runQuietly } from './quiet.mjs'
import { hashInputs, isStamped, stamp } from './stamp.mjs'

const stampFile = inClone('node_modules/.aftermath-installed')

/**
 * Installs the dependencies as the lockfile has them, unless that is what lies in node_modules.
 *
 * @param {{ node: string, pnpm: string, env: NodeJS.ProcessEnv }} toolchain
 */
export async function installDependencies(toolchain) {
  const hash = hashInputs({
    root,
    paths: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()],
    facts: [process.platform, process.arch],
  })
  if (isStamped(stampFile, hash)) return
  await withProgress('installing dependencies', () => install(toolchain))
  // Optional ones, which pnpm leaves out when it cannot fetch them, without failing.
  if (hasEngine()) stamp(stampFile, hash)
  else if (process.env.AFTERMATH_CLICKHOUSE_URL === undefined) {
    throw new Failure(
      'The library of the embedded ClickHouse could not be fetched. Try again, ' +
        'or set AFTERMATH_CLICKHOUSE_URL to a ClickHouse server (25.8 or newer).',
    )
  }
}

async function install({ node, pnpm, env }) {
  const registry = await readRegistry()
  const from = registry === undefined ? [] : [`--registry=${registry}`]
  await runQuietly({
    command: node,
    args: [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only', ...from],
    // Never a question; and certificates that the system trusts, as the npm of many systems does.
    env: { ...env, CI: 'true', NODE_USE_SYSTEM_CA: '1' },
    failure: 'Could not install the dependencies. Can this machine reach the npm registry?',
  })
}

function hasEngine() {
  const name = enginePackage(readMachine())
  return (
    name !== undefined && existsSync(inClone(`packages/embedded-clickhouse/node_modules/${name}`))
  )
}

/** package.json of each package of the workspace. */
function manifests() {
  const packages = readdirSync(inClone('packages')).map((name) => `packages/${name}`)
  const folders = ['.', 'schemas', 'collector', 'dashboard', 'demo', 'test', ...packages.toSorted()]
  return folders.map((folder) => `${folder}/package.json`)
}
