import { createHash } from 'node:crypto'
import type { EngineFiles } from './engine-files.ts'
import type { MemoryPlan } from './memory-plan.ts'

/** The header that opens the HTTP port. */
export const secretHeader = 'X-Aftermath-Engine'

/** Who may use the engine; random anew at each start of the program. */
export interface EngineSecrets {
  header: string
  adminPassword: string
  readerPassword: string
}

export const adminName = 'aftermath'
export const readerName = 'aftermath_reader'

// From 8 cores on a part of them merges; below, the engine's own 2 × 2 tasks are enough.
const mergeThreads = (cores: number) => Math.min(16, Math.max(2, Math.floor(cores / 4)))

/**
 * The server's configuration.
 *
 * Without the secret header every request but `/ping` is 404. Users alone would not do: the
 * program's own statements run as `default`, which has no password, and the scalar function
 * `file()` asks for no grant, so that every account of the machine could read this one's files.
 *
 * The `system.*_log` tables stay away because no section here names them.
 */
export function renderConfig({
  files,
  port,
  secrets,
  memory,
  cores,
}: {
  files: EngineFiles
  port: number
  secrets: EngineSecrets
  memory: MemoryPlan
  cores: number
}): string {
  return `<clickhouse>
  <path>${escapeXml(files.store)}/</path>
  <users_config>${escapeXml(files.users)}</users_config>
  <user_directories><users_xml><path>${escapeXml(files.users)}</path></users_xml></user_directories>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <timezone>UTC</timezone>
  <logger><log>${escapeXml(files.log)}</log><size>10M</size><count>3</count></logger>
  <log-level>information</log-level>
  <http_handlers>
    <rule><url>/ping</url><handler><type>ping</type></handler></rule>
    <rule>
      <headers><${secretHeader}>${secrets.header}</${secretHeader}></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
  </http_handlers>
  <max_server_memory_usage>${memory.engineBytes}</max_server_memory_usage>
  <mark_cache_size>${memory.markCacheBytes}</mark_cache_size>
  <primary_index_cache_size>${memory.primaryIndexCacheBytes}</primary_index_cache_size>
  <index_mark_cache_size>${memory.indexMarkCacheBytes}</index_mark_cache_size>
  <uncompressed_cache_size>${memory.uncompressedCacheBytes}</uncompressed_cache_size>
  <text_index_tokens_cache_size>${memory.textIndexCacheBytes}</text_index_tokens_cache_size>
  <text_index_header_cache_size>${memory.textIndexCacheBytes}</text_index_header_cache_size>
  <text_index_postings_cache_size>${memory.textIndexCacheBytes}</text_index_postings_cache_size>
  <background_pool_size>${mergeThreads(cores)}</background_pool_size>
  <asynchronous_metrics_update_period_s>60</asynchronous_metrics_update_period_s>
</clickhouse>
`
}

/**
 * The users: `default` may start the listener and nothing else, the program's own user may do
 * everything, the reader may read the databases named and write nothing.
 */
export function renderUsers({
  secrets,
  readableDatabases,
}: {
  secrets: EngineSecrets
  readableDatabases: readonly string[]
}): string {
  const reads = readableDatabases.map((name) => `GRANT SELECT ON ${quotePattern(name)}.*`)
  return `<clickhouse>
  <profiles>
    <default>
      <async_insert_poll_timeout_ms>5000</async_insert_poll_timeout_ms>
      <implicit_select>0</implicit_select>
      <allow_introspection_functions>0</allow_introspection_functions>
    </default>
    <reader>
      <profile>default</profile>
      <readonly>2</readonly><!-- reads alone, within limits that a query may lower -->
      <max_execution_time>30</max_execution_time>
      <max_memory_usage>1000000000</max_memory_usage>
      <max_threads>2</max_threads>
      <constraints><!-- 0 would be no limit -->
        <max_execution_time><min>1</min><max>30</max></max_execution_time>
        <max_memory_usage><min>1</min><max>1000000000</max></max_memory_usage>
        <max_threads><min>1</min><max>2</max></max_threads>
      </constraints>
    </reader>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>${user({ password: undefined, profile: 'default', grants: ['GRANT SYSTEM LISTEN ON *.*'] })}</default>
    <${adminName}>${user({ password: secrets.adminPassword, profile: 'default' })}
      <access_management>1</access_management></${adminName}>
    <${readerName}>${user({ password: secrets.readerPassword, profile: 'reader', grants: reads })}</${readerName}>
  </users>
</clickhouse>
`
}

function user({
  password,
  profile,
  grants,
}: {
  password: string | undefined
  profile: string
  grants?: readonly string[] // undefined: everything
}): string {
  const secret =
    password === undefined
      ? '<password></password>'
      : `<password_sha256_hex>${sha256(password)}</password_sha256_hex>`
  // An empty list would grant everything.
  const list = grants?.length === 0 ? ['GRANT NONE ON *.*'] : grants
  const queries = list?.map((query) => `<query>${escapeXml(query)}</query>`).join('') ?? ''
  return `
      ${secret}<networks><ip>127.0.0.1</ip></networks><profile>${profile}</profile><quota>default</quota>
      ${list === undefined ? '' : `<grants>${queries}</grants>`}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A name, or a prefix and a star: `shop_*` stands for databases that are made later, too. */
function quotePattern(pattern: string): string {
  return pattern.endsWith('*') ? `${quoteName(pattern.slice(0, -1))}*` : quoteName(pattern)
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
