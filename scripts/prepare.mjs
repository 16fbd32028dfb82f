import { buildDashboard } from './dashboard-build.mjs'
import { installDependencies } from './dependencies.mjs'
import { Failure } from './failure.mjs'
import { engineObstacle, readMachine } from './platform.mjs'
import { readyToolchain } from './toolchain.mjs'

/** Everything a command needs that uses the installed packages. */
export async function prepare() {
  const toolchain = await readyToolchain()
  await installDependencies(toolchain)
  return toolchain
}

/** Everything it takes to run the program: the above and a built dashboard. */
export async function prepareProgram() {
  const obstacle = engineObstacle(readMachine())
  if (obstacle !== undefined && process.env.AFTERMATH_CLICKHOUSE_URL === undefined) {
    throw new Failure(obstacle)
  }
  const toolchain = await prepare()
  await buildDashboard(toolchain)
  return toolchain
}
