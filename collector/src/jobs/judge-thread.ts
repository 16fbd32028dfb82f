import { Worker } from 'node:worker_threads'
import type { Judgement, JudgeInput } from '@aftermath/analysis/judgement'

/** Judges beside the main thread, one release after the other. */
export interface JudgeThread extends AsyncDisposable {
  judge: (input: JudgeInput) => Promise<Judgement>
}

type Answer = { id: number } & ({ judgement: Judgement } | { error: unknown })
type Waiting = { resolve: (judgement: Judgement) => void; reject: (reason: unknown) => void }

/** A thread that dies fails what it was asked; the next question starts another one. */
export function openJudgeThread(): JudgeThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let nextId = 0

  function start(): Worker {
    const started = new Worker(new URL('judge-worker.ts', import.meta.url))
    started.unref() // it alone keeps no program alive
    started.on('message', (answer: Answer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('judgement' in answer) asked?.resolve(answer.judgement)
      else asked?.reject(answer.error)
    })
    const fail = (reason: unknown) => {
      if (worker === started) worker = undefined
      for (const { reject } of waiting.values()) reject(reason)
      waiting.clear()
    }
    started.on('error', fail)
    started.on('exit', (code) => fail(new Error(`The judging thread ended (${code})`)))
    return started
  }

  return {
    judge(input) {
      worker ??= start()
      const id = nextId++
      const answer = new Promise<Judgement>((resolve, reject) =>
        waiting.set(id, { resolve, reject }),
      )
      const { minute, operation, arm, requests, failures, slow50, slow95, slow99 } = input.columns
      const columns = [minute, operation, arm, requests, failures, slow50, slow95, slow99]
      // Moved, not copied: nobody reads them here afterwards.
      worker.postMessage(
        { id, input },
        columns.map(({ buffer }) => buffer as ArrayBuffer), // made by `from`, never shared
      )
      return answer
    },
    async [Symbol.asyncDispose]() {
      await worker?.terminate()
    },
  }
}
