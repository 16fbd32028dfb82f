import { parentPort, workerData } from 'node:worker_threads'
import { openClients, type Connection } from '../clickhouse/connection.ts'
import { rememberMinutes } from '../releases/remembered-minutes.ts'
import { judgeRelease, type Look } from './judge-release.ts'
import { knownOf } from './known-minutes.ts'

// The thread that judges. Two weeks of many operations are millions of rows to read and seconds to
// judge, in which intake must not wait.
const { connection } = workerData as { connection: Connection } // given by judge-thread.ts
const clients = openClients(connection)
const minutes = rememberMinutes()

type Asked = { id: number; database: string; look: Look }

// One look at a time: the next one starts from what this one remembers.
let last = Promise.resolve()
parentPort!.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked))
})

async function answer({ id, database, look }: Asked): Promise<void> {
  try {
    const known = knownOf({ client: clients.of(database), database }, look)
    const judged = await judgeRelease(minutes.readerOf(known), look)
    parentPort!.postMessage({ id, judged })
  } catch (error) {
    parentPort!.postMessage({ id, error })
  }
}
