import { Worker } from 'node:worker_threads'
import type { Connection } from '../clickhouse/connection.ts'
import type { Judged, Look } from './judge-release.ts'

/** Reads and judges beside the main thread. */
export interface JudgeThread extends AsyncDisposable {
  /** @returns undefined while the release has no judged minute */
  judge: (database: string, look: Look) => Promise<Judged | undefined>
}

type Answer = { id: number } & ({ judged: Judged | undefined } | { error: unknown })
type Waiting = { resolve: (judged: Judged | undefined) => void; reject: (reason: unknown) => void }

/** A thread that dies fails what it was asked; the next question starts another one. */
export function openJudgeThread(connection: Connection): JudgeThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let nextId = 0
  let closed = false

  function start(): Worker {
    const started = new Worker(new URL('judge-worker.ts', import.meta.url), {
      workerData: { connection },
    })
    started.on('message', (answer: Answer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('error' in answer) asked?.reject(answer.error)
      else asked?.resolve(answer.judged)
    })
    const fail = (reason: unknown) => {
      if (worker === started) worker = undefined
      for (const { reject } of waiting.values()) reject(reason)
      waiting.clear()
    }
    started.on('error', fail)
    started.on('exit', (code) => fail(new Error(`The judging thread ended (${code})`)))
    started.unref() // it alone keeps no program alive; listening for messages took that back
    return started
  }

  return {
    judge(database, look) {
      // A run that is being ended asks on: a thread started now would outlive everything.
      if (closed) return Promise.reject(new Error('The judging thread is closed'))
      worker ??= start()
      const id = nextId++
      const answer = new Promise<Judged | undefined>((resolve, reject) =>
        waiting.set(id, { resolve, reject }),
      )
      worker.postMessage({ id, database, look })
      return answer
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await worker?.terminate()
    },
  }
}
