import { capture } from '../quiet.mjs'
import { prepare } from '../prepare.mjs'
import { tool } from '../tool.mjs'

/** What must hold of the code besides its tests. */
const checks = [
  { name: 'types', ...tool('tsc', ['--noEmit', '-p', 'tsconfig.json']) },
  { name: 'types of the dashboard', ...tool('tsc', ['--noEmit', '-p', 'dashboard/tsconfig.json']) },
  { name: 'lint and boundaries', ...tool('oxlint', ['--type-aware']) },
  { name: 'format', ...tool('oxfmt', ['--check', '.']) },
  { name: 'dead code and dependencies', ...tool('knip') },
]

/** `npm run check`: all of them, to the end, whatever fails. */
export async function run() {
  const { env } = await prepare()
  const results = await Promise.all(checks.map((check) => runCheck(check, env)))
  return results.every(Boolean) ? 0 : 1
}

async function runCheck({ name, command, args }, env) {
  const startedMs = performance.now()
  const { code, output } = await capture({ command, args, env })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (code !== 0) console.log(output.trim())
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  return code === 0
}
