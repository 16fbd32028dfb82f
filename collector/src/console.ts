import { join } from 'node:path'
import { EngineError } from '@aftermath/embedded-clickhouse'
import { PortError } from './api/api.ts'
import { MigrationRefused } from './clickhouse/migrate.ts'
import { ConfigError, type Config } from './config.ts'
import type { Control } from './control/control.ts'
import { JournalLocked } from './journal/journal.ts'

type Running = {
  config: Config
  control: Control
  app: { url: string }
  ingest: { url: string }
  grpc: { url: string }
}

/** What a person needs once everything runs. The admin token is in its file, not on the screen, after the first start. */
export function announce({ config, control, app, ingest, grpc }: Running): void {
  const link = `${app.url}/login#code=${control.logins.issueCode()}`
  const lines = [
    '',
    `  Aftermath ${config.version} is ready`,
    '',
    `  Dashboard    ${link}`,
    '               (logs this browser in, once, within the next hour)',
    `  OTLP/HTTP    ${ingest.url}`,
    `  OTLP/gRPC    ${grpc.url}`,
    `  Ingest key   ${control.ingestKey}${config.openIngest === 'loopback' ? '   (not needed on this machine)' : ''}`,
    `  Admin token  ${control.isFirstStart ? control.adminToken : `in ${join(config.dataDir, 'admin-token')}`}`,
    '',
    '  First telemetry, from any app with an OpenTelemetry SDK:',
    `    export OTEL_EXPORTER_OTLP_ENDPOINT=${ingest.url}`,
    '    export OTEL_RESOURCE_ATTRIBUTES=service.name=shop,service.version=1.0.0,deployment.environment.name=production',
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/**
 * Says why the program ended, in a sentence where a person has to act.
 *
 * @returns the exit code: 2 configuration, 3 another instance runs, 4 newer database, 1 anything else
 */
export function explain(thrown: unknown): number {
  const error = firstOf(thrown)
  const say = (text: string) => process.stderr.write(`aftermath: ${text}\n`)
  if (error instanceof ConfigError) {
    say(error.message)
    return 2
  }
  if (error instanceof JournalLocked || (error instanceof EngineError && error.code === 'locked')) {
    say(error.message)
    return 3
  }
  if (error instanceof MigrationRefused) {
    say(error.message)
    return 4
  }
  if (error instanceof EngineError || error instanceof PortError) say(error.message)
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return 1
}

/** What went wrong first: closing what was open may have failed on top of it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}
