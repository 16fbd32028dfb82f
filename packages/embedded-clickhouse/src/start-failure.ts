import { EngineError } from './engine-error.ts'
import { lockedBy } from './directory-lock.ts'
import { portTaken } from './free-port.ts'

/**
 * Why an engine ended before it ever answered, read from what it wrote to standard error.
 * Undefined when it wrote no exception: it was killed, or crashed.
 */
export function startFailure({
  stderr,
  port,
  dataDir,
  lockPid,
}: {
  stderr: string
  port: number
  dataDir: string
  lockPid: number | undefined // who the engine's own lock file names
}): EngineError | undefined {
  const line = stderr.split('\n').find((text) => text.includes('Exception:'))
  if (line === undefined) return undefined
  if (line.includes('Another server instance')) return lockedBy(dataDir, lockPid)
  if (line.includes('Address already in use')) return portTaken(port)
  // ENOSPC and EDQUOT as the system words them; 243 is the engine's own NOT_ENOUGH_SPACE.
  if (/No space left|quota exceeded|Code: 243\b/i.test(line)) return diskFull(dataDir)
  return new EngineError('bad_config', `ClickHouse refused to start: ${line.trim()}`)
}

export function diskFull(dataDir: string, options?: ErrorOptions): EngineError {
  return new EngineError(
    'disk_full',
    `The disk of ${dataDir} is full. Free some space, or set AFTERMATH_DATA_DIR to a directory on another disk.`,
    options,
  )
}
