// The engine's process: a ClickHouse server out of a library.
//   node engine-main.ts LIBRARY CONFIG_FILE LISTEN_SQL
// Lives until its standard input closes, which happens however the parent ends, then shuts down in
// order. No argument is secret: every account of the machine can read them.
import { closeSync, writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { DataType, isNullPointer, load, open } from 'ffi-rs'

const [library, configFile, listenSql] = process.argv.slice(2)
if (library === undefined || configFile === undefined || listenSql === undefined) {
  throw new Error('usage: engine-main.ts LIBRARY CONFIG_FILE LISTEN_SQL')
}

/** A third of what another process gets where both want the same core. */
const NICENESS = 5

process.umask(0o077)
volunteerForTheOutOfMemoryKiller()
letOthersGoFirst()
const lifeLine = openPipe()
process.stdin.on('end', closeInOrder).on('error', closeInOrder).resume()
process.on('SIGTERM', closeInOrder)

open({ library: 'clickhouse', path: library })
// Files are read one after the other: the first opens the port, the second has no end while we live.
const argv = ['clickhouse', '--config-file', configFile]
argv.push('--queries-file', listenSql, `/dev/fd/${lifeLine.readFd}`)
const keepAlive = setInterval(() => {}, 60_000)
const result = await load({
  library: 'clickhouse',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
  runInNewThread: true, // blocks for the engine's life; this thread watches standard input
})
clearInterval(keepAlive)
const error = readError(result)
if (error !== '') process.stderr.write(`${error}\n`)
process.exit(error === '' ? 0 : 1)

function closeInOrder(): void {
  if (lifeLine.open) closeSync(lifeLine.writeFd)
  lifeLine.open = false
}

/**
 * What the engine reads its statements from. It opens the file by name, which a socket, such as
 * Node gives its children for standard input, does not allow.
 */
function openPipe(): { readFd: number; writeFd: number; open: boolean } {
  open({ library: 'libc', path: '' })
  const fds = Buffer.alloc(8)
  const failed = load({
    library: 'libc',
    funcName: 'pipe',
    retType: DataType.I32,
    paramsType: [DataType.U8Array],
    paramsValue: [fds],
  })
  if (failed !== 0) throw new Error('pipe() failed')
  return { readFd: fds.readInt32LE(0), writeFd: fds.readInt32LE(4), open: true }
}

function readError(answer: unknown): string {
  const call = { library: 'clickhouse', funcName: 'chdb_result_error' }
  const given = { paramsType: [DataType.External], paramsValue: [answer] }
  const message = load({ ...call, ...given, retType: DataType.External })
  return isNullPointer(message) ? '' : load({ ...call, ...given, retType: DataType.String })
}

/** Senders wait for the process that answers them; nobody waits for an insert or a merge. */
function letOthersGoFirst(): void {
  const niceness = Math.min(19, getPriority() + NICENESS)
  setPriority(niceness) // of this thread, and of all that it starts
  if (process.platform !== 'linux') return
  try {
    // Where Linux shares the processor between sessions first, a nice value counts within one only.
    writeFileSync('/proc/self/autogroup', String(niceness))
  } catch {} // a kernel without such groups
}

/** Better this process than the one that still takes data in. */
function volunteerForTheOutOfMemoryKiller(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '500')
}
