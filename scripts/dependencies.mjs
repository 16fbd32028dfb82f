import { readdirSync } from 'node:fs'
import { Failure } from './failure.mjs'
import { readRegistry } from './npm.mjs'
import { inClone, root } from './paths.mjs'
import { withProgress } from './progress.mjs'
import { runQuietly } from './quiet.mjs'
import { hashInputs, isStamped, stamp } from './stamp.mjs'

const failure = 'Could not install the dependencies. Can this machine reach the npm registry?'
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
  stamp(stampFile, hash)
}

async function install({ node, pnpm, env }) {
  const registry = await readRegistry()
  const from = registry === undefined ? [] : [`--registry=${registry}`]
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-factor=2']
  const output = await runQuietly({
    command: node,
    args: [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only', ...from, ...patience],
    // Never a question; and certificates that the system trusts, as the npm of many systems does.
    env: { ...env, CI: 'true', NODE_USE_SYSTEM_CA: '1' },
    failure,
  })
  // The engine's library and other binaries are optional dependencies, which pnpm leaves out
  // without failing.
  const missing = output.split('\n').filter((line) => line.includes('could not be fetched'))
  if (missing.length > 0) throw new Failure(`${failure}\n${missing.join('\n')}`)
}

/** package.json of each package of the workspace. */
function manifests() {
  const packages = readdirSync(inClone('packages')).map((name) => `packages/${name}`)
  const folders = ['.', 'schemas', 'collector', 'dashboard', 'demo', 'test', ...packages.toSorted()]
  return folders.map((folder) => `${folder}/package.json`)
}
