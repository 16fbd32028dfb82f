import { spawn } from 'node:child_process'
import { Failure } from './failure.mjs'
import { root } from './paths.mjs'

const keptCharsMax = 20_000
const shownLinesMax = 20

/**
 * Runs a program whose output matters only when it fails.
 *
 * @param {{ command: string, args: string[], env?: NodeJS.ProcessEnv, cwd?: string, failure: string }} program
 *   `failure`: a sentence that says what could not be done
 * @returns {Promise<string>} the end of its output
 * @throws Failure with that
 */
export async function runQuietly({ failure, ...program }) {
  const { code, output } = await capture(program)
  if (code !== 0) throw new Failure(`${failure}\n${lastLines(output)}`)
  return output
}

function lastLines(output) {
  const lines = output.trim().split('\n')
  return lines
    .filter((line) => !line.includes('Will retry in'))
    .slice(-shownLinesMax)
    .join('\n')
}

/**
 * @param {{ command: string, args: string[], env?: NodeJS.ProcessEnv, cwd?: string }} program
 * @returns {Promise<{ code: number, output: string }>} the end of both its streams
 */
export function capture({ command, args, env = process.env, cwd = root }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => (output = (output + chunk).slice(-keptCharsMax))
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => resolve({ code: 1, output: `${output}\n${error.message}` }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
