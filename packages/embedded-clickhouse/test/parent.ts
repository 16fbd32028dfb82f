// A program that starts an engine on the directory given, says so, and waits to be killed.
import { startEmbeddedClickHouse } from '../src/embedded-clickhouse.ts'

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: parent.ts DATA_DIR')

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const engine = await startEmbeddedClickHouse({ dataDir, log: silent })
await engine.up()
process.stdout.write(`${engine.pid}\n`)
