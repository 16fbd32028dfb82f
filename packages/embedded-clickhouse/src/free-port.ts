import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { EngineError } from './engine-error.ts'

// Below the range that systems give to outgoing connections (32768 up on Linux, 49152 up on macOS):
// while the engine restarts, no client's socket, not even one that dials this very port, can take it.
const lowest = 20_000
const highest = 32_000
const triesMax = 50

/** @throws EngineError `port_taken` */
export async function choosePort(wanted: number): Promise<number> {
  if (wanted !== 0) {
    if (await isFree(wanted)) return wanted
    throw portTaken(wanted)
  }
  for (let tries = 0; tries < triesMax; tries++) {
    const port = randomInt(lowest, highest)
    if (await isFree(port)) return port
  }
  throw new EngineError('port_taken', `No free port between ${lowest} and ${highest}.`)
}

export function portTaken(port: number): EngineError {
  return new EngineError('port_taken', `Port ${port}, meant for the embedded ClickHouse, is taken.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
