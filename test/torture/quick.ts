import type { Given } from './torture.ts'

/** A torture's short form, as `npm test` runs it. */
export function quick(options: { times?: number; minutes?: number; seed?: number }): Given {
  return {
    options: {
      seed: 1,
      json: false,
      help: false,
      minutes: undefined,
      times: undefined,
      ...options,
    },
    say() {},
    signal: new AbortController().signal,
  }
}
