import { resolve } from 'node:path'
import { ConfigVariables } from '@aftermath/schemas/config'
import { parseFaults, type Fault } from './fault.ts'

export interface Config {
  version: string
  dataDir: string
  /** Undefined: the embedded engine. */
  clickhouseUrl: URL | undefined
  host: string
  ingestPort: number
  grpcPort: number
  appPort: number
  ingestKey: string | undefined
  adminToken: string | undefined
  openIngest: 'loopback' | 'never'
  journalBytesMax: number | undefined
  publicUrl: URL | undefined
  trustedProxies: readonly string[]
  tls: { certFile: string; keyFile: string } | undefined
  logLevel: string
  /** What tests break on purpose. */
  faults: readonly Fault[]
  /** What was set and has no effect in this version, in sentences. */
  notices: readonly string[]
}

/** A variable is wrong: the message is one sentence for a person. */
export class ConfigError extends Error {}

/** The one reader of the environment. @throws ConfigError naming the variable and what it takes */
export function readConfig(environment: NodeJS.ProcessEnv, version: string): Config {
  const faults = readFaults(environment)
  const ours = Object.entries(environment).filter(
    ([name]) => name.startsWith('AFTERMATH_') && name !== FAULTS,
  )
  const parsed = ConfigVariables.safeParse(Object.fromEntries(ours))
  if (!parsed.success) throw new ConfigError(sentenceOf(parsed.error.issues[0]!))
  const values = parsed.data

  if ((values.AFTERMATH_TLS_CERT === undefined) !== (values.AFTERMATH_TLS_KEY === undefined)) {
    throw new ConfigError('AFTERMATH_TLS_CERT and AFTERMATH_TLS_KEY go together: set both or none.')
  }
  const notices: string[] = []
  if (values.AFTERMATH_ALLOW_PRIVATE_WEBHOOKS) {
    notices.push('AFTERMATH_ALLOW_PRIVATE_WEBHOOKS has no effect: this version sends no webhooks.')
  }
  for (const name of ['AFTERMATH_INGEST_KEY', 'AFTERMATH_ADMIN_TOKEN'] as const) {
    if ((values[name]?.length ?? SECRET_LENGTH) < SECRET_LENGTH) {
      notices.push(`${name} is short enough to be guessed: give it 16 characters or more.`)
    }
  }
  return {
    version,
    dataDir: resolve(values.AFTERMATH_DATA_DIR),
    clickhouseUrl:
      values.AFTERMATH_CLICKHOUSE_URL === undefined
        ? undefined
        : new URL(values.AFTERMATH_CLICKHOUSE_URL),
    host: values.AFTERMATH_HOST,
    ingestPort: values.AFTERMATH_INGEST_PORT,
    grpcPort: values.AFTERMATH_GRPC_PORT,
    appPort: values.AFTERMATH_APP_PORT,
    ingestKey: values.AFTERMATH_INGEST_KEY,
    adminToken: values.AFTERMATH_ADMIN_TOKEN,
    openIngest: values.AFTERMATH_OPEN_INGEST,
    journalBytesMax:
      values.AFTERMATH_JOURNAL_MAX_GB === undefined
        ? undefined
        : values.AFTERMATH_JOURNAL_MAX_GB * 2 ** 30,
    publicUrl:
      values.AFTERMATH_PUBLIC_URL === undefined ? undefined : new URL(values.AFTERMATH_PUBLIC_URL),
    trustedProxies: values.AFTERMATH_TRUST_PROXY,
    tls:
      values.AFTERMATH_TLS_CERT === undefined
        ? undefined
        : { certFile: values.AFTERMATH_TLS_CERT, keyFile: values.AFTERMATH_TLS_KEY! }, // both or none: checked above
    logLevel: values.AFTERMATH_LOG_LEVEL,
    faults,
    notices,
  }
}

const FAULTS = 'AFTERMATH_FAULTS'

function readFaults(environment: NodeJS.ProcessEnv): Fault[] {
  const text = environment[FAULTS]
  if (text === undefined) return []
  if (environment['NODE_ENV'] !== 'test') {
    throw new ConfigError(`${FAULTS} breaks the program on purpose, in tests: unset it.`)
  }
  try {
    return parseFaults(text)
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error))
  }
}

/** Shorter secrets are taken, and told to be weak. */
const SECRET_LENGTH = 16

function sentenceOf(issue: {
  code: string
  path: PropertyKey[]
  message: string
  keys?: string[]
}) {
  if (issue.code === 'unrecognized_keys') {
    const names = (issue.keys ?? []).join(', ')
    const known = Object.keys(ConfigVariables.shape).join(', ')
    return `${names} is not a variable that Aftermath knows: correct or unset it. Known are ${known}.`
  }
  return `${String(issue.path[0])} ${issue.message}.`
}
