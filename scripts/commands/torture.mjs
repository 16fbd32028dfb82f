import { Foreground } from '../foreground.mjs'
import { inClone } from '../paths.mjs'
import { prepareProgram } from '../prepare.mjs'

/** `npm run torture -- <names> …` */
export async function run(args) {
  const { node, env } = await prepareProgram()
  const torture = { command: node, args: [inClone('test/torture/main.ts'), ...args], env }
  return new Foreground().start(torture).exited
}
