import { type PointerEvent, useState } from 'react'
import { usePlotArea, useXAxisInverseScale, ZIndexLayer } from 'recharts'

/** Less than this is a click, not a drag. */
const dragPxMin = 4
/** Above everything recharts draws, below its tooltip. */
const zIndex = 2100

type ZoomProps = { onZoom: (fromMs: number, toMs: number) => void }

/** Chooses a range by dragging across the plot. The time fields of the range are its key twin. */
export function Zoom({ onZoom }: ZoomProps) {
  const plot = usePlotArea()
  const timeAt = useXAxisInverseScale()
  const [drag, setDrag] = useState<{ startPx: number; endPx: number }>()
  if (plot === undefined || timeAt === undefined) return null

  const xPx = (event: PointerEvent<SVGRectElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return plot.x + Math.min(Math.max(event.clientX - box.left, 0), plot.width)
  }
  const begin = (event: PointerEvent<SVGRectElement>) => {
    if (event.button !== 0 || event.pointerType === 'touch') return
    event.currentTarget.setPointerCapture(event.pointerId)
    setDrag({ startPx: xPx(event), endPx: xPx(event) })
  }
  const move = (event: PointerEvent<SVGRectElement>) => {
    if (drag !== undefined) setDrag({ ...drag, endPx: xPx(event) })
  }
  const end = () => {
    setDrag(undefined)
    if (drag === undefined || Math.abs(drag.endPx - drag.startPx) < dragPxMin) return
    const from = Number(timeAt(Math.min(drag.startPx, drag.endPx)))
    const to = Number(timeAt(Math.max(drag.startPx, drag.endPx)))
    if (to > from) onZoom(from, to)
  }
  return (
    <ZIndexLayer zIndex={zIndex}>
      {drag !== undefined && (
        <rect
          x={Math.min(drag.startPx, drag.endPx)}
          width={Math.abs(drag.endPx - drag.startPx)}
          y={plot.y}
          height={plot.height}
          className="fill-focus opacity-15"
        />
      )}
      <rect
        x={plot.x}
        y={plot.y}
        width={plot.width}
        height={plot.height}
        fill="transparent"
        className="cursor-crosshair"
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={() => setDrag(undefined)}
      />
    </ZIndexLayer>
  )
}
