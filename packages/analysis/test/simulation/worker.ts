import { parentPort } from 'node:worker_threads'
import { observe } from './observe.ts'
import type { Observation } from './observe.ts'
import { scenarioOf } from './scenarios.ts'

export type Batch = { id: string; seeds: number[] }
export type BatchResult = { id: string; observations: Observation[]; cpuMs: number }

/** Makes batches of runs for the thread that started it. */
parentPort?.on('message', ({ id, seeds }: Batch) => {
  const started = performance.now()
  const observations = seeds.map((seed) => observe(scenarioOf(id), seed))
  const result: BatchResult = { id, observations, cpuMs: performance.now() - started }
  parentPort?.postMessage(result)
})
