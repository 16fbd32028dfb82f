import type { ReactNode } from 'react'

/** What would be here, and what makes it come. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-3 rounded-panel border border-dashed border-line px-5 py-8 sm:px-8">
      <h2 className="text-lead font-semibold">{title}</h2>
      {children}
    </div>
  )
}
