import type { LogRow, LogTailMessage } from '@aftermath/schemas/api/logs'
import { useEffect, useState } from 'react'
import { useVisible } from '../start/use-visible.ts'

const tailRowsMax = 5000
const reopenMs = 3000
const nothing: readonly LogRow[] = []

/**
 * Log records as they arrive, newest first, as long as the page shows. While paused, what comes is
 * kept aside; both hold so many rows and no more.
 */
export function useLogTail(
  address: string,
  { follows, paused }: { follows: boolean; paused: boolean },
) {
  const [heard, setHeard] = useState({ address, rows: nothing, waiting: nothing, more: false })
  const [open, setOpen] = useState(false)
  const visible = useVisible()

  useEffect(() => {
    if (!follows || !visible) return undefined
    let source: EventSource
    let timer: ReturnType<typeof setTimeout> | undefined
    const connect = () => {
      source = new EventSource(address)
      source.addEventListener('open', () => setOpen(true))
      source.addEventListener('message', (event: MessageEvent<string>) => {
        const message = readMessage(event.data)
        if (message === undefined) return
        setHeard((present) => {
          const kept = present.address === address ? present.waiting : nothing
          const waiting = [...message.rows.toReversed(), ...kept].slice(0, tailRowsMax)
          const rows = present.address === address ? present.rows : nothing
          return { address, rows, waiting, more: message.more }
        })
      })
      source.addEventListener('error', () => {
        setOpen(false)
        // A refusal closes it for good; a broken line is opened again by the browser.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(connect, reopenMs)
      })
    }
    connect()
    return () => {
      clearTimeout(timer)
      source.close()
      setOpen(false)
    }
  }, [address, follows, visible])

  const own = heard.address === address ? heard : undefined
  // What waits shows at once unless the reader paused.
  if (!paused && own !== undefined && own.waiting.length > 0) {
    setHeard({
      ...own,
      rows: [...own.waiting, ...own.rows].slice(0, tailRowsMax),
      waiting: nothing,
    })
  }
  return {
    rows: own?.rows ?? nothing,
    waiting: own?.waiting.length ?? 0,
    more: own?.more ?? false,
    open,
  }
}

/** Checked as lightly as other answers of this same build (see `api.ts`). */
function readMessage(text: string): LogTailMessage | undefined {
  try {
    const read: unknown = JSON.parse(text)
    const isMessage =
      typeof read === 'object' && read !== null && 'rows' in read && Array.isArray(read.rows)
    return isMessage ? (read as LogTailMessage) : undefined
  } catch {
    return undefined // a broken line
  }
}
