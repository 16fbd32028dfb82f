import { Foreground } from '../foreground.mjs'
import { inClone } from '../paths.mjs'
import { prepare } from '../prepare.mjs'

/** `npm run simulate -- [scenario …]` */
export async function run(args) {
  const { node, env } = await prepare()
  const simulation = {
    command: node,
    args: [inClone('packages/analysis/test/simulation/main.ts'), ...args],
    env,
  }
  return new Foreground().start(simulation).exited
}
