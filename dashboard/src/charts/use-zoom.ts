import { useChangeSearch } from '../search/use-search-state.ts'

/** Narrows the page's range to what was dragged over, to the minute, never below one. */
export function useZoom() {
  const change = useChangeSearch()
  return (fromMs: number, toMs: number) => {
    const from = Math.floor(fromMs / minuteMs) * minuteMs
    const to = Math.max(Math.ceil(toMs / minuteMs) * minuteMs, from + minuteMs)
    change({ from: minuteText(from), to: minuteText(to) })
  }
}

const minuteMs = 60_000
const minuteText = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 16)}Z`
