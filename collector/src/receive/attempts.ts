import { EventEmitter, on } from 'node:events'
import type { Attempt } from '@aftermath/schemas/api/onboarding'

/** The last requests of senders, accepted and refused, so that whoever connects an app sees what it does. */
export interface Attempts {
  record(project: string, attempt: Omit<Attempt, 'id'>): void
  /** Newest first. */
  recent(project: string): Attempt[]
  follow(project: string, signal: AbortSignal): AsyncIterable<Attempt>
}

const KEPT_PER_PROJECT = 50
/** A busy sender looks the same a thousand times a second: within this time its repeats are folded. */
const FOLD_MS = 1000

export function openAttempts(now: () => number): Attempts {
  const kept = new Map<string, { attempt: Attempt; atMs: number }[]>()
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  let nextId = 1

  return {
    record(project, fields) {
      const list = kept.get(project) ?? []
      if (list.length === 0) kept.set(project, list)
      const atMs = now()
      const isRepeat = list.some(
        ({ attempt, atMs: thenMs }) => atMs - thenMs < FOLD_MS && looksLike(attempt, fields),
      )
      if (isRepeat) return
      const attempt = { ...fields, id: nextId++ }
      list.unshift({ attempt, atMs })
      if (list.length > KEPT_PER_PROJECT) list.pop()
      emitter.emit(project, attempt)
    },
    recent: (project) => (kept.get(project) ?? []).map(({ attempt }) => attempt),
    async *follow(project, signal) {
      try {
        for await (const [attempt] of on(emitter, project, { signal })) yield attempt as Attempt // only `record` emits
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}

function looksLike(one: Attempt, other: Omit<Attempt, 'id'>): boolean {
  return (
    one.what === other.what &&
    one.status === other.status &&
    one.reason === other.reason &&
    one.service === other.service &&
    one.version === other.version &&
    one.environment === other.environment &&
    one.sender === other.sender
  )
}
