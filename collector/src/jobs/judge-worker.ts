import { parentPort } from 'node:worker_threads'
import { judge } from '@aftermath/analysis'
import type { JudgeInput } from '@aftermath/analysis/judgement'

// The thread that judges. Two weeks of many operations take seconds, in which intake must not wait.
parentPort!.on('message', ({ id, input }: { id: number; input: JudgeInput }) => {
  try {
    parentPort!.postMessage({ id, judgement: judge(input) })
  } catch (error) {
    parentPort!.postMessage({ id, error })
  }
})
