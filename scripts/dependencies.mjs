import { readdirSync } from 'node:fs'
import { inClone, root } from './paths.mjs'
import { withProgress } from './progress.mjs'
import { runQuietly } from './quiet.mjs'
import { hashInputs, isStamped, stamp } from './stamp.mjs'

const stampFile = inClone('node_modules/.aftermath-installed')

/**
 * Installs the dependencies as the lockfile has them, unless that is what lies in node_modules.
 *
 * @param {{ node: string, pnpm: string, env: NodeJS.ProcessEnv }} toolchain
 */
export async function installDependencies({ node, pnpm, env }) {
  const hash = hashInputs({
    root,
    paths: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()],
    facts: [process.platform, process.arch],
  })
  if (isStamped(stampFile, hash)) return
  await withProgress('installing dependencies', () =>
    runQuietly({
      command: node,
      args: [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'],
      env: { ...env, CI: 'true' }, // never a question
      failure: 'Could not install the dependencies.',
    }),
  )
  stamp(stampFile, hash)
}

/** package.json of each package of the workspace. */
function manifests() {
  const packages = readdirSync(inClone('packages')).map((name) => `packages/${name}`)
  const folders = ['.', 'schemas', 'collector', 'dashboard', 'demo', 'test', ...packages.toSorted()]
  return folders.map((folder) => `${folder}/package.json`)
}
