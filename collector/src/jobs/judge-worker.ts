import { parentPort, workerData } from 'node:worker_threads'
import { openClients, type Connection } from '../clickhouse/connection.ts'
import { judgeRelease, type Look } from './judge-release.ts'

// The thread that judges. Two weeks of many operations are millions of rows to read and seconds to
// judge, in which intake must not wait.
const { connection } = workerData as { connection: Connection } // given by judge-thread.ts
const clients = openClients(connection)

parentPort!.on('message', async (asked: { id: number; database: string; look: Look }) => {
  try {
    const judged = await judgeRelease(clients.of(asked.database), asked.look)
    parentPort!.postMessage({ id: asked.id, judged })
  } catch (error) {
    parentPort!.postMessage({ id: asked.id, error })
  }
})
