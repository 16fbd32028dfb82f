import { setTimeout as sleep } from 'node:timers/promises'

/** Where a test may break the program, named for what is about to happen. */
export const FAULT_POINTS = [
  'journal.write',
  'journal.sync',
  'journal.dirsync',
  'journal.roll',
  'journal.seal',
  'journal.done',
  'journal.cursor',
  'journal.unlink',
  'store.before_send',
  'store.after_send',
  'store.settle_kill',
  'store.settle_count',
  'store.clean',
  'store.release',
  'rollup.delete',
  'rollup.insert',
  'rollup.clear',
  'migrate.statement',
  'engine.spawn',
] as const
export type FaultPoint = (typeof FAULT_POINTS)[number]

/** The exit code of a process that a fault ended, so that a test can tell it from a bug. */
export const FAULT_EXIT = 86

type Action =
  | { action: 'exit' }
  | { action: 'throw' }
  | { action: 'delay'; ms: number }
  | { action: 'errno'; code: string }
  | { action: 'short' }

export type Fault = Action & {
  point: FaultPoint
  /** The hit that meets it, 1 for the first. */
  nth: number
  /** Every hit from there on meets it, too. */
  stays: boolean
  hits: number
}

// The one piece of state a module of the program keeps: a point must cost nothing where it is not
// used, and handing it through every constructor would.
let armed: readonly Fault[] | undefined

/**
 * Does here what `AFTERMATH_FAULTS` says; nothing where that is not set.
 *
 * @returns `short` where the caller is to write only part
 * @throws Error where the fault is one
 */
export function fault(point: FaultPoint): Promise<'short' | undefined> | undefined {
  if (armed === undefined) return undefined
  return meet(armed.filter((one) => one.point === point))
}

async function meet(faults: readonly Fault[]): Promise<'short' | undefined> {
  let isShort = false
  for (const one of faults) {
    one.hits++
    if (one.hits !== one.nth && !(one.stays && one.hits > one.nth)) continue
    switch (one.action) {
      case 'exit':
        process.exit(FAULT_EXIT) // nothing is flushed or closed: as a kill
        break
      case 'throw':
        throw new Error(`fault at ${one.point}`)
      case 'delay':
        await sleep(one.ms)
        break
      case 'errno':
        throw Object.assign(new Error(`${one.code}: fault at ${one.point}`), { code: one.code })
      case 'short':
        isShort = true
    }
  }
  return isShort ? 'short' : undefined
}

/** From here on the points do what these say. */
export function armFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) armed = faults
}

/** @throws Error naming what it does not understand */
export function parseFaults(text: string): Fault[] {
  return text.split(',').map(parseFault)
}

const SYNTAX = `takes name:action[:nth], separated by commas; names are ${FAULT_POINTS.join(', ')}; actions are exit, throw, delay[=ms], errno[=code], short; nth is 1, 2, … or 1+ for that hit and all after it`

function parseFault(text: string): Fault {
  const match =
    /^(?<name>[\w.]+):(?<action>[a-z]+)(?:=(?<value>\w+))?(?::(?<nth>\d+)(?<stays>\+)?)?$/.exec(
      text.trim(),
    )
  const { name, action, value, nth, stays } = match?.groups ?? {}
  const point = FAULT_POINTS.find((known) => known === name)
  const parsed = point && parseAction(point, action, value)
  if (point === undefined || parsed === undefined) {
    throw new Error(`"${text.slice(0, 100)}" is no fault: AFTERMATH_FAULTS ${SYNTAX}.`)
  }
  return { ...parsed, point, nth: Number(nth ?? 1), stays: stays !== undefined, hits: 0 }
}

function parseAction(
  point: FaultPoint,
  action: string | undefined,
  value: string | undefined,
): Action | undefined {
  switch (action) {
    case 'exit':
    case 'throw':
      return value === undefined ? { action } : undefined
    case 'delay': {
      const ms = Number(value ?? 1000)
      return Number.isInteger(ms) ? { action, ms } : undefined
    }
    case 'errno':
      return { action, code: value ?? 'EIO' }
    case 'short':
      return value === undefined && point === 'journal.write' ? { action } : undefined
    default:
      return undefined
  }
}
