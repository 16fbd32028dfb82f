import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { DataType, load, open } from 'ffi-rs'
import { EngineError } from './engine-error.ts'

// <sys/file.h>, the same on Linux and macOS
const exclusive = 2
const notBlocking = 4

/**
 * Owns a directory until disposed or until this process ends, however it ends. The file holds the
 * owner's process id, for the message of whoever comes second.
 *
 * @throws EngineError `locked` when another process owns it
 */
export function lockDirectory({
  file,
  directory,
}: {
  file: string
  directory: string
}): Disposable {
  const fd = openSync(file, 'a+', 0o600)
  const { value, errnoMessage } = lock(fd)
  if (value !== 0) {
    closeSync(fd)
    throw lockedBy(directory, Number(readFileSync(file, 'utf8')) || undefined, errnoMessage)
  }
  ftruncateSync(fd)
  writeSync(fd, String(process.pid))
  return { [Symbol.dispose]: () => closeSync(fd) }
}

/** What to say when the directory is in use by `pid`. */
export function lockedBy(directory: string, pid: number | undefined, reason?: string): EngineError {
  const who = pid === undefined ? 'Another instance' : `Another instance (process ${pid})`
  const detail = reason === undefined ? '' : ` (${reason})`
  return new EngineError(
    'locked',
    `${who} runs on ${directory}${detail}. Stop it, or set AFTERMATH_DATA_DIR to another directory.`,
  )
}

function lock(fd: number): { value: number; errnoMessage: string } {
  open({ library: 'libc', path: '' }) // the symbols this process has already
  return load<DataType.I32, true>({
    library: 'libc',
    funcName: 'flock',
    retType: DataType.I32,
    paramsType: [DataType.I32, DataType.I32],
    paramsValue: [fd, exclusive | notBlocking],
    errno: true as const,
  })
}
