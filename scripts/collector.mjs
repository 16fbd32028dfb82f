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
    args: [inClone('collector/src/main.ts')],
    // Read by Node before it runs a line. Journal flushes must not queue behind hashing and zlib.
    env: { ...env, UV_THREADPOOL_SIZE: '16' },
    lifeline: true,
  })
}
