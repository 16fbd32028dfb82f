import { Worker } from 'node:worker_threads'
import type { Connection } from '../clickhouse/connection.ts'
import type { Judgement } from '@aftermath/analysis/verdict/judgement'
import type { Question } from './judge-worker.ts'

/** Reads and judges beside the main thread. */
export interface JudgeThread extends AsyncDisposable {
  /** @returns undefined while the release has no judged minute */
  judge: (question: Question) => Promise<Judgement | undefined>
}

export type Asked = { id: number; question: Question }
export type Answer = { id: number } & ({ judgement: Judgement | undefined } | { error: unknown })
type Waiting = {
  resolve: (judgement: Judgement | undefined) => void
  reject: (reason: unknown) => void
}

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
      else asked?.resolve(answer.judgement)
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
    judge(question) {
      // A run that is being ended asks on: a thread started now would outlive everything.
      if (closed) return Promise.reject(new Error('The judging thread is closed'))
      worker ??= start()
      const id = nextId++
      const answer = new Promise<Judgement | undefined>((resolve, reject) =>
        waiting.set(id, { resolve, reject }),
      )
      worker.postMessage({ id, question } satisfies Asked)
      return answer
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await worker?.terminate()
    },
  }
}
