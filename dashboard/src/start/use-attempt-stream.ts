import type { Attempt } from '@aftermath/schemas/api/onboarding'
import { useEffect, useState } from 'react'
import { apiPath } from '../paths.ts'

export const attemptsMax = 50
const noAttempts: readonly Attempt[] = []

/**
 * Attempts to send as they happen, newest first. Where the stream does not open, the page's own
 * refresh every few seconds still brings them.
 */
export function useAttemptStream(project: string, wanted: boolean) {
  const [heard, setHeard] = useState({ project, attempts: noAttempts })
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (!wanted) return undefined
    const source = new EventSource(apiPath.attempts(project))
    const take = (event: MessageEvent<string>) => {
      const attempt = readAttempt(event.data)
      if (attempt === undefined) return
      setHeard((present) => ({
        project,
        attempts: mergeAttempts([attempt], present.project === project ? present.attempts : []),
      }))
    }
    source.addEventListener('message', take)
    source.addEventListener('attempt', take)
    source.addEventListener('open', () => setOpen(true))
    source.addEventListener('error', () => setOpen(false))
    return () => {
      source.close()
      setOpen(false)
    }
  }, [project, wanted])
  return { attempts: heard.project === project ? heard.attempts : noAttempts, open }
}

/** Two lists as one: each attempt once, newest first, no longer than a screen can use. */
export function mergeAttempts(a: readonly Attempt[], b: readonly Attempt[]): Attempt[] {
  const byId = new Map([...b, ...a].map((attempt) => [attempt.id, attempt]))
  return [...byId.values()]
    .toSorted((one, other) => other.at.localeCompare(one.at) || other.id - one.id)
    .slice(0, attemptsMax)
}

/** Checked as lightly as other answers of this same build (see `api.ts`). */
function readAttempt(text: string): Attempt | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return isAttempt(read) ? read : undefined
  } catch {
    return undefined // a broken line: the list brings what it was about
  }
}

function isAttempt(read: unknown): read is Attempt {
  if (typeof read !== 'object' || read === null || !('id' in read) || !('at' in read)) return false
  return typeof read.id === 'number' && typeof read.at === 'string'
}
