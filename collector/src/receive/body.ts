import type { IncomingMessage } from 'node:http'
import { joinFreeing } from './own-memory.ts'
import { Refusal } from './refusal.ts'
import type { SlowBodies } from './slow-bodies.ts'

/**
 * Reads a body into one piece.
 *
 * @param hold told of each piece before it is kept; what it throws ends the reading
 * @throws Refusal of `hold`, 408 for a sender that is too slow, or the socket's error
 */
export function readBody(
  req: IncomingMessage,
  hold: (bytes: number) => void,
  slowBodies: SlowBodies,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let sizeBytes = 0
    const watched = slowBodies.watch(() => settle(() => reject(Refusal.tooSlow())))

    function settle(tell: () => void): void {
      watched[Symbol.dispose]()
      req.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost)
      tell()
    }
    function onData(piece: Buffer): void {
      try {
        hold(piece.length)
      } catch (error) {
        return settle(() => reject(error))
      }
      watched.bytes += piece.length
      sizeBytes += piece.length
      pieces.push(piece)
    }
    function onEnd(): void {
      settle(() => resolve(pieces.length === 1 ? pieces[0]! : joinFreeing(pieces, sizeBytes)))
    }
    function onLost(error?: Error): void {
      settle(() => reject(error ?? new Error('The sender hung up')))
    }
    req.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost)
  })
}
