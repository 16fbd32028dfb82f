import { startCollector } from '../collector.mjs'
import { Foreground } from '../foreground.mjs'
import { prepareProgram } from '../prepare.mjs'

/** `npm start`: everything in the foreground. */
export async function run() {
  const toolchain = await prepareProgram()
  return startCollector(new Foreground(), toolchain).exited
}
