import { Foreground } from '../foreground.mjs'
import { prepare } from '../prepare.mjs'
import { tool } from '../tool.mjs'

/** `npm run format`: writes every file as the formatter has it. */
export async function run(args) {
  const { env } = await prepare()
  return new Foreground().start({ ...tool('oxfmt', args), env }).exited
}
