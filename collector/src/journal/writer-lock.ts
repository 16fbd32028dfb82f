import assert from 'node:assert/strict'
import { open as openFile, readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { DataType, load, open } from 'ffi-rs'
import { JournalLocked } from './journal-errors.ts'

const LOCK_EX = 2
const LOCK_NB = 4

/**
 * Takes the journal for this process. The kernel gives the lock back when the process ends, however
 * it ends, so a crash leaves nothing to clean up.
 *
 * @throws JournalLocked when another process, or this one, holds it already
 */
export async function takeWriterLock(dir: string): Promise<AsyncDisposable> {
  const path = join(dir, 'LOCK')
  const file = await openFile(path, 'a', 0o600)
  try {
    const errno = flock(file.fd, LOCK_EX | LOCK_NB)
    if (errno === constants.errno.EWOULDBLOCK) throw new JournalLocked(dir, await readPid(path))
    if (errno !== 0) {
      throw new Error(
        `${path} cannot be locked (errno ${errno}). Put the data directory on a local file system.`,
      )
    }
    await file.truncate(0)
    await file.write(`${process.pid}\n`)
  } catch (error) {
    await file.close()
    throw error
  }
  return { [Symbol.asyncDispose]: () => file.close() } // closing unlocks
}

/** @returns 0, or the errno of the failure */
function flock(fd: number, operation: number): number {
  open({ library: 'libc', path: '' }) // the running program, which has libc loaded
  const answer = load({
    library: 'libc',
    funcName: 'flock',
    retType: DataType.I32,
    paramsType: [DataType.I32, DataType.I32],
    paramsValue: [fd, operation],
    errno: true,
  })
  assert(typeof answer === 'object') // `errno: true` asks for it
  return answer.value === 0 ? 0 : answer.errnoCode
}

async function readPid(path: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
  return Number.isNaN(pid) ? undefined : pid
}
