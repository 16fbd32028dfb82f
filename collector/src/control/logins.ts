import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { ClickHouse } from '../clickhouse/clickhouse.ts'

/** Browsers that logged in. The cookie holds a secret, the table its hash. */
export interface Logins {
  isAdminToken(token: string): boolean
  /** A code for one login, valid for an hour: the link that the start prints. */
  issueCode(): string
  /** @returns the cookie's secret, or undefined when the code was used, is too old or wrong */
  redeemCode(code: string): Promise<Login | undefined>
  /** @returns the cookie's secret, or undefined for a wrong token */
  redeemToken(token: string): Promise<Login | undefined>
  find(secret: string): Promise<boolean>
  end(secret: string): Promise<void>
}

export interface Login {
  secret: string
  maxAgeMs: number
}

const CODE_AGE_MS = 60 * 60_000
const LOGIN_AGE_MS = 30 * 24 * 60 * 60_000
const IDLE_RECHECK_MS = 60_000
/** A bound for memory: the rest are asked from the table again. */
const KNOWN_MAX = 1000

type Deps = { clickhouse: ClickHouse; adminToken: string; now: () => number }

export function openLogins({ clickhouse, adminToken, now }: Deps): Logins {
  const codes = new Map<string, number>()
  const known = new Map<string, number>()
  const adminHash = sha256(adminToken)

  async function start(): Promise<Login> {
    const secret = randomBytes(32).toString('base64url')
    await write(secret, now() + LOGIN_AGE_MS, false)
    return { secret, maxAgeMs: LOGIN_AGE_MS }
  }

  async function write(secret: string, expiresMs: number, ended: boolean): Promise<void> {
    await clickhouse.clients.control.command({
      query: `INSERT INTO login_sessions VALUES ({hash: String}, now64(3),
        fromUnixTimestamp64Milli({expiresMs: Int64}), {ended: Bool}, {revision: UInt64})`,
      query_params: { hash: hex(secret), expiresMs, ended, revision: now() },
      clickhouse_settings: { async_insert: 0 },
    })
  }

  return {
    isAdminToken: (token) => timingSafeEqual(sha256(token), adminHash),
    issueCode() {
      const code = randomBytes(24).toString('base64url')
      codes.set(hex(code), now() + CODE_AGE_MS)
      return code
    },
    async redeemCode(code) {
      const expiresMs = codes.get(hex(code))
      codes.delete(hex(code))
      return expiresMs !== undefined && now() < expiresMs ? start() : undefined
    },
    async redeemToken(token) {
      return timingSafeEqual(sha256(token), adminHash) ? start() : undefined
    },
    async find(secret) {
      const hash = hex(secret)
      if (now() < (known.get(hash) ?? 0)) return true
      known.delete(hash)
      const answer = await clickhouse.clients.control.query({
        query: `SELECT 1 AS found FROM login_sessions FINAL
          WHERE secret_hash = {hash: String} AND NOT ended AND expires_at > now64(3)`,
        query_params: { hash },
        format: 'JSONEachRow',
      })
      const isThere = z.array(z.unknown()).parse(await answer.json()).length > 0
      if (isThere && known.size < KNOWN_MAX) known.set(hash, now() + IDLE_RECHECK_MS)
      return isThere
    },
    async end(secret) {
      known.delete(hex(secret))
      await write(secret, now(), true)
    },
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()
const hex = (text: string) => sha256(text).toString('hex')
