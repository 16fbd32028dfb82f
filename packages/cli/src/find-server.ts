import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'

/** The server a command talks to, and how it was found (for messages). */
export type Server = { url: string; token: string | undefined; found: string }

type Question = {
  options: { server?: string | undefined; token?: string | undefined }
  env: Readonly<Record<string, string | undefined>>
  cwd: string
}

const DEFAULT_URL = 'http://127.0.0.1:4380'
const RunFile = z.object({ app: z.url({ protocol: /^https?$/ }) })

/**
 * Option, then variable, then what a server on this machine left in its data directory.
 *
 * The administrator's token of that directory is only ever offered to this machine: a pipeline
 * that names a far server and forgets its token must not send it another server's.
 *
 * @throws z.ZodError where the address is none
 */
export function findServer({ options, env, cwd }: Question): Server {
  const dataDir = resolve(cwd, env['AFTERMATH_DATA_DIR'] || 'data')
  const { url, found } = findUrl({
    option: options.server,
    variable: env['AFTERMATH_URL'],
    dataDir,
  })
  const token =
    options.token ||
    env['AFTERMATH_TOKEN'] ||
    (isLoopback(url) ? readText(resolve(dataDir, 'admin-token'))?.trim() : undefined)
  return { url: url.replace(/\/+$/, ''), token: token || undefined, found }
}

type Places = { option: string | undefined; variable: string | undefined; dataDir: string }

function findUrl({ option, variable, dataDir }: Places) {
  if (option) return { url: ServerUrl.parse(option), found: '--server' }
  if (variable) return { url: ServerUrl.parse(variable), found: 'AFTERMATH_URL' }
  const path = resolve(dataDir, 'run.json')
  const run = RunFile.safeParse(parseJson(readText(path)))
  if (run.success) return { url: run.data.app, found: path }
  return { url: DEFAULT_URL, found: 'the default' }
}

const ServerUrl = z.url({
  protocol: /^https?$/,
  error: 'the server is an http:// or https:// address',
})

function isLoopback(url: string): boolean {
  const host = new URL(url).hostname
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

/** A file that is absent or closed to this user is no source, and no error. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
