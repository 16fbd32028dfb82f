import { collectorEnvironment, collectorFlags } from './collector-process.mjs'
import { inClone } from './paths.mjs'

/**
 * Starts the collector.
 *
 * @param {import('./foreground.mjs').Foreground} foreground
 * @param {{ node: string, env: NodeJS.ProcessEnv }} toolchain
 */
export function startCollector(foreground, { node, env }) {
  return foreground.start({
    command: node,
    args: [...collectorFlags, inClone('collector/src/main.ts')],
    env: { ...env, ...collectorEnvironment },
    lifeline: true,
  })
}
