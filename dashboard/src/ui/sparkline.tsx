import type { ReleaseRow } from '@aftermath/schemas/api/releases'
import { formatRate } from '../format/number.ts'
import { t } from '../strings/en.ts'

const widthPx = 96
const heightPx = 24
/** A line at the ceiling is 2 % of failures at least: noise of one request must not look like a peak. */
const rateAtCeilingMin = 0.02

/** Traffic as grey bars, the share of failures as a line above them. */
export function Sparkline({ spark }: { spark: ReleaseRow['spark'] }) {
  if (spark.length === 0) return <span className="text-muted">–</span>
  const requestsMax = Math.max(1, ...spark.map(({ requests }) => requests))
  const rates = spark.map(({ requests, failures }) => (requests > 0 ? failures / requests : null))
  const rateMax = Math.max(0, ...rates.map((rate) => rate ?? 0))
  const ceiling = Math.max(rateAtCeilingMin, rateMax)
  const stepPx = widthPx / spark.length
  const y = (rate: number) => heightPx - 1.5 - (rate / ceiling) * (heightPx - 3)

  return (
    <svg
      role="img"
      aria-label={t.overview.sparkline(formatRate(rateMax))}
      width={widthPx}
      height={heightPx}
      viewBox={`0 0 ${widthPx} ${heightPx}`}
    >
      <path
        className="fill-hairline"
        d={spark
          .map(({ requests }, at) => {
            const barPx = (requests / requestsMax) * heightPx
            return `M${round(at * stepPx)} ${heightPx}v${round(-barPx)}h${round(Math.max(stepPx - 1, 0.5))}v${round(barPx)}Z`
          })
          .join('')}
      />
      <path
        className="fill-none stroke-roll-back"
        strokeWidth={1.5}
        strokeLinejoin="round"
        strokeLinecap="round"
        d={linePath(
          rates.map((rate, at) => (rate === null ? null : [(at + 0.5) * stepPx, y(rate)])),
        )}
      />
    </svg>
  )
}

/** A missing point lifts the pen: a gap is not a zero. */
function linePath(points: (readonly [number, number] | null)[]): string {
  let penDown = false
  let path = ''
  for (const point of points) {
    if (point !== null) path += `${penDown ? 'L' : 'M'}${round(point[0])} ${round(point[1])}`
    penDown = point !== null
  }
  return path
}

const round = (value: number) => Math.round(value * 10) / 10
