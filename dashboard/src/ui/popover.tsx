import { ChevronDown } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { QuietButton } from './button.tsx'

type PopoverProps = {
  label: string
  button: ReactNode
  children: (close: () => void) => ReactNode
}

/** A button with a small panel below it: closes on Esc, on a press outside, and gives focus back. */
export function Popover({ label, button, children }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const triggerId = useId()
  const close = () => {
    setOpen(false)
    document.getElementById(triggerId)?.focus()
  }

  useEffect(() => {
    if (!open) return undefined
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) {
        setOpen(false)
      }
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setOpen(false)
      document.getElementById(triggerId)?.focus()
    }
    document.addEventListener('pointerdown', onPointer)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('pointerdown', onPointer)
      document.removeEventListener('keydown', onKey)
    }
  }, [open, triggerId])

  return (
    <div ref={root} className="relative">
      <QuietButton
        id={triggerId}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className="sr-only">{label}</span>
        {button}
        <ChevronDown aria-hidden size={14} className="text-muted" />
      </QuietButton>
      {open && (
        <div
          role="dialog"
          aria-label={label}
          className="absolute end-0 top-full z-30 mt-1 w-80 max-w-[calc(100vw-2rem)] rounded-panel border border-hairline bg-bg p-3 shadow-[0_8px_30px_rgb(0_0_0/18%)] max-md:start-0 max-md:end-auto"
        >
          {children(close)}
        </div>
      )}
    </div>
  )
}
