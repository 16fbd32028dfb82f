import { z } from 'zod'

const port = z.coerce
  .number('is not a port number')
  .int('is not a port number')
  .min(0, 'is not a port number (0 means any free port)')
  .max(65535, 'is not a port number (0 to 65535)')
const flag = z
  .enum(['0', '1', 'true', 'false'], 'takes 1, true, 0 or false')
  .transform((text) => text === '1' || text === 'true')

/** Every `AFTERMATH_*` variable that the collector reads. An unknown one stops the start. */
export const ConfigVariables = z.strictObject({
  AFTERMATH_DATA_DIR: z.string().min(1).default('./data'),
  AFTERMATH_CLICKHOUSE_URL: z
    .url({ protocol: /^https?$/, error: 'is not an address like http://user:password@host:8123' })
    .optional(),
  AFTERMATH_CLICKHOUSE_CLUSTER: z
    .never(
      'is not supported by this version: leave it out and name one server in AFTERMATH_CLICKHOUSE_URL',
    )
    .optional(),
  AFTERMATH_HOST: z.string().min(1).default('127.0.0.1'),
  AFTERMATH_INGEST_PORT: port.default(4318),
  AFTERMATH_GRPC_PORT: port.default(4317),
  AFTERMATH_APP_PORT: port.default(4380),
  // Sentry's browser SDK takes nothing but word characters in a DSN's key.
  AFTERMATH_INGEST_KEY: z
    .string()
    .regex(/^\w{1,128}$/, 'has 1 to 128 characters out of a-z, A-Z, 0-9 and _')
    .optional(),
  AFTERMATH_ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'has 1 to 200 printable characters and no spaces')
    .optional(),
  AFTERMATH_OPEN_INGEST: z
    .enum(['loopback', 'never'], 'takes loopback or never')
    .default('loopback'),
  AFTERMATH_JOURNAL_MAX_GB: z.coerce
    .number('is not a number')
    .positive('must be above 0')
    .optional(),
  AFTERMATH_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'is not an address like https://aftermath.example.com' })
    .optional(),
  AFTERMATH_TRUST_PROXY: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(z.union([z.ipv4(), z.ipv6()], 'lists IP addresses, separated by commas')))
    .default([]),
  AFTERMATH_ALLOW_PRIVATE_WEBHOOKS: flag.default(false),
  AFTERMATH_TLS_CERT: z.string().min(1).optional(),
  AFTERMATH_TLS_KEY: z.string().min(1).optional(),
  /** Level of the log: the program's own, not a contract of the outside. */
  AFTERMATH_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info'),
  // Read by the command line client; a shell that serves both has them set.
  AFTERMATH_URL: z.string().optional(),
  AFTERMATH_TOKEN: z.string().optional(),
})
