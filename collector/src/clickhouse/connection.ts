import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client'

/** How to reach a ClickHouse over HTTP, embedded or a server. */
export interface Connection {
  url: string
  username: string
  password: string
  headers: Record<string, string>
}

/** Clients by database: each has its own default database and shares nothing else. */
export interface Clients extends AsyncDisposable {
  /** The database of the control plane. */
  control: ClickHouseClient
  /** No database of its own, for statements that name theirs. */
  bare: ClickHouseClient
  of: (database: string) => ClickHouseClient
}

/** A query ends after this long: longer ones are a mistake of ours, or run elsewhere. */
const REQUEST_TIMEOUT_MS = 60_000

export function openClients(connection: Connection): Clients {
  const clients = new Map<string, ClickHouseClient>()
  const of = (database: string) => {
    const known = clients.get(database)
    if (known !== undefined) return known
    const client = createClient({
      url: connection.url,
      username: connection.username,
      password: connection.password,
      http_headers: connection.headers,
      database,
      request_timeout: REQUEST_TIMEOUT_MS,
      max_open_connections: 16,
      application: 'aftermath',
      // Whoever asks hears of a failure; the client's own lines would say it twice, and not as JSON.
      log: { level: ClickHouseLogLevel.OFF },
    })
    clients.set(database, client)
    return client
  }
  return {
    control: of('aftermath'),
    bare: of('default'),
    of,
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** A server's address with user and password in it, as `AFTERMATH_CLICKHOUSE_URL` has them. */
export function connectionOf(url: URL): Connection {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return {
    url: bare.href,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    headers: {},
  }
}
