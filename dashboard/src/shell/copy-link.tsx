import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { t } from '../strings/en.ts'
import { QuietButton } from '../ui/button.tsx'
import { copyText } from '../ui/copy-text.ts'
import { Popover } from '../ui/popover.tsx'
import { fixedAddress } from './fixed-address.ts'

/** Copies the address of the view: as it is, or with its range fixed to these minutes. */
export function CopyLink() {
  const [copied, setCopied] = useState('')
  const copy = async (address: string, close: () => void) => {
    await copyText(address)
    setCopied(t.action.linkCopied)
    close()
    setTimeout(() => setCopied(''), 2000)
  }
  return (
    <div className="relative max-sm:hidden">
      <Popover
        label={t.shell.copyLink}
        button={<Link2 aria-hidden size={16} className="text-muted" />}
      >
        {(close) => (
          <div className="flex flex-col items-stretch">
            <QuietButton className="!justify-start" onClick={() => void copy(location.href, close)}>
              {t.shell.copyAsIs}
            </QuietButton>
            <QuietButton
              className="!justify-start"
              onClick={() => void copy(fixedAddress(location.href, Date.now()), close)}
            >
              {t.shell.copyFixed}
            </QuietButton>
          </div>
        )}
      </Popover>
      <span
        role="status"
        className="absolute end-0 top-full rounded-control bg-text text-dense text-bg empty:hidden px-2 py-1 whitespace-nowrap"
      >
        {copied}
      </span>
    </div>
  )
}
