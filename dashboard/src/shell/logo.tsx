/** The mark: a line that was calm, then was not, then is again. */
export function Logo({ wordless }: { wordless: boolean }) {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg viewBox="0 0 24 24" width={22} height={22} aria-hidden className="shrink-0">
        <path
          d="M1.5 15.5h5l2.4-9 3.4 13 2.5-7 1.4 3h6.3"
          fill="none"
          stroke="currentColor"
          strokeWidth={2.2}
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {!wordless && <span className="text-[15px] font-semibold tracking-tight">Aftermath</span>}
    </span>
  )
}
