import { existsSync } from 'node:fs'
import { inClone, root } from './paths.mjs'
import { withProgress } from './progress.mjs'
import { runQuietly } from './quiet.mjs'
import { hashInputs, isStamped, stamp } from './stamp.mjs'

const dist = inClone('dashboard/dist')
const stampFile = `${dist}/.aftermath-built`

// What comes out of a build or stays out of it.
const skip = (name) => ['node_modules', 'dist'].includes(name) || /\.test\.tsx?$/.test(name)

/**
 * Builds the dashboard into dashboard/dist, unless that is what lies there.
 *
 * @param {{ node: string, env: NodeJS.ProcessEnv }} toolchain
 */
export async function buildDashboard({ node, env }) {
  const paths = ['dashboard', 'schemas/src', 'pnpm-lock.yaml']
  const hash = hashInputs({ root, paths, skip })
  if (existsSync(`${dist}/index.html`) && isStamped(stampFile, hash)) return
  await withProgress('building the dashboard', () =>
    runQuietly({
      command: node,
      args: [inClone('dashboard/node_modules/vite/bin/vite.js'), 'build'],
      cwd: inClone('dashboard'),
      env: { ...env, NODE_ENV: 'production' },
      failure: 'Could not build the dashboard.',
    }),
  )
  stamp(stampFile, hash)
}
