import { Foreground } from '../foreground.mjs'
import { inClone } from '../paths.mjs'
import { prepareProgram } from '../prepare.mjs'

/** `npm run bench -- <name> …` */
export async function run(args) {
  const { node, env } = await prepareProgram()
  const bench = { command: node, args: [inClone('test/bench/main.ts'), ...args], env }
  return new Foreground().start(bench).exited
}
