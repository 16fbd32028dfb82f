import {
  type ComponentProps,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from 'react'

/** Rows mounted beyond what shows, so that a fast scroll finds them. */
const spare = 8

type VirtualRowsProps = Omit<ComponentProps<'div'>, 'children'> & {
  scroller: RefObject<HTMLDivElement | null>
  count: number
  rowPx: number
  /** The row to have in view at first. */
  firstInView?: number
  children: (index: number, style: { top: number; height: number }) => ReactNode
}

/**
 * A box that scrolls over rows of one height and mounts those that show: ten thousand cost as much as
 * fifty. Whoever uses it places each row by the style it is given.
 */
export function VirtualRows({
  scroller,
  count,
  rowPx,
  firstInView = 0,
  children,
  ...box
}: VirtualRowsProps) {
  const atFirst = useRef(firstInView)
  const [view, setView] = useState({ top: 0, height: 800 })
  useEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    showRow(element, atFirst.current, rowPx)
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight })
    look()
    const resized = new ResizeObserver(look)
    resized.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    return () => {
      resized.disconnect()
      element.removeEventListener('scroll', look)
    }
  }, [scroller, rowPx])
  const first = Math.max(0, Math.floor(view.top / rowPx) - spare)
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowPx) + spare)
  return (
    <div ref={scroller} {...box}>
      <div role="presentation" className="relative" style={{ height: count * rowPx }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, at) =>
          children(first + at, { top: (first + at) * rowPx, height: rowPx }),
        )}
      </div>
    </div>
  )
}

/** Scrolls no further than it takes to show a row whole. */
export function showRow(scroller: HTMLElement | null, index: number, rowPx: number): void {
  if (scroller === null) return
  const top = index * rowPx
  if (top < scroller.scrollTop) scroller.scrollTop = top
  else if (top + rowPx > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = top + rowPx - scroller.clientHeight
  }
}
