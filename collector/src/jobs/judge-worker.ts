import { parentPort, workerData } from 'node:worker_threads'
import { openClients, type Connection } from '../clickhouse/connection.ts'
import { databaseReader } from '../releases/read-minutes.ts'
import { rememberMinutes } from '../releases/remembered-minutes.ts'
import { judgeRelease, type Look } from './judge-release.ts'
import type { Answer, Asked } from './judge-thread.ts'

/** A look at a release of a project. Plain data: it crosses to another thread. */
export type Question = {
  database: string
  look: Look
  /**
   * Every service of the environment, and how often minutes of it were closed again. Undefined: what
   * is remembered is not used, for a look at the past.
   */
  reopened: ReadonlyMap<string, number> | undefined
}

// The thread that judges. Two weeks of many operations are millions of counts to read and seconds to
// judge, in which intake must not wait.
const { connection } = workerData as { connection: Connection } // given by judge-thread.ts
const clients = openClients(connection)
const minutes = rememberMinutes()

// One look at a time: the next one starts from what this one remembers.
let last = Promise.resolve()
parentPort!.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked))
})

async function answer({ id, question }: Asked): Promise<void> {
  const tell = (answered: Answer) => parentPort!.postMessage(answered)
  try {
    const { database, look, reopened } = question
    const { context, nowMs } = look
    const client = clients.of(database)
    const reader =
      reopened === undefined
        ? databaseReader(client, { ...context, asOf: nowMs })
        : minutes.readerOf({ client, database, place: context, nowMs, reopened })
    tell({ id, judgement: await judgeRelease(reader, look) })
  } catch (error) {
    tell({ id, error })
  }
}
