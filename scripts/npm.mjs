import { capture } from './quiet.mjs'

/** The npm that runs us, else the one on the PATH. */
export function npmCommand() {
  const script = process.env.npm_execpath
  const isNpm = script !== undefined && /npm-cli\.c?js$/.test(script)
  return isNpm ? { command: process.execPath, args: [script] } : { command: 'npm', args: [] }
}

/** The registry that npm is told to use, wherever it is told so; undefined when it does not say. */
export async function readRegistry() {
  const { command, args } = npmCommand()
  const { code, output } = await capture({ command, args: [...args, 'config', 'get', 'registry'] })
  return code === 0 ? /https?:\/\/\S+/.exec(output)?.[0] : undefined
}
