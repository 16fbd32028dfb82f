import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'

/** JSON lines on standard error: standard output is for people. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      redact: ['*.password', '*.authorization', '*.cookie', '*.key', '*.token'],
    },
    pino.destination({ fd: 2, sync: true }),
  )
}
