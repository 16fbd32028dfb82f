import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from './failure.mjs'
import { toolsDir } from './paths.mjs'
import { nodePackage, readMachine } from './platform.mjs'
import { npmCommand } from './npm.mjs'
import { withProgress } from './progress.mjs'
import { runQuietly } from './quiet.mjs'

const nodeVersion = '24.21.0'
const nodeMajor = '24'
const pnpmVersion = '11.28.11'

/**
 * Node 24 and pnpm, fetched from the registry when the machine lacks them.
 *
 * @returns {Promise<{ node: string, pnpm: string, env: NodeJS.ProcessEnv }>} paths of both, and the
 *   environment in which `node` is that Node
 */
export async function readyToolchain() {
  const ownNode = process.versions.node.split('.')[0] === nodeMajor
  const nodeTool = ownNode ? undefined : toolOfNode()
  const pnpmTool = { name: 'pnpm', version: pnpmVersion, spec: `pnpm@${pnpmVersion}` }
  const tools = nodeTool === undefined ? [pnpmTool] : [nodeTool, pnpmTool]
  if (!tools.every(isInstalled)) await install(tools)

  const node = nodeTool === undefined ? process.execPath : inTools(nodeTool.name, 'bin', 'node')
  const path = `${dirname(node)}:${process.env.PATH ?? ''}`
  return {
    node,
    pnpm: inTools('pnpm', 'bin', 'pnpm.mjs'),
    env: { ...process.env, PATH: path },
  }
}

function toolOfNode() {
  const machine = readMachine()
  const found = nodePackage(machine)
  if (found === undefined) {
    throw new Failure(
      `This is Node ${process.versions.node}, and Node ${nodeMajor} is needed, ` +
        `which the registry does not have for ${machine.os}-${machine.cpu}. Install it from https://nodejs.org.`,
    )
  }
  return { name: found.name, version: nodeVersion, spec: found.spec(nodeVersion) }
}

function isInstalled({ name, version }) {
  const manifest = inTools(name, 'package.json')
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version
}

async function install(tools) {
  const names = tools.map(({ name, version }) => `${name} ${version}`).join(' and ')
  const npm = npmCommand()
  const where = ['--prefix', toolsDir, '--global=false', '--workspaces=false']
  const how = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  // Two minutes of trying, the default, are long for who has no network.
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000']
  // All tools at once: npm takes away what it is not told of.
  const specs = tools.map(({ spec }) => spec)
  await withProgress(`fetching ${names}`, () =>
    runQuietly({
      command: npm.command,
      args: [...npm.args, 'install', ...where, ...how, ...patience, '--loglevel=error', ...specs],
      failure: `Could not fetch ${names}. Can this machine reach the npm registry (npm config get registry)?`,
    }),
  )
}

function inTools(...parts) {
  return join(toolsDir, 'node_modules', ...parts)
}
