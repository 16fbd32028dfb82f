import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

/** A line above content that is true but not the whole truth: partial, stale, superseded. */
export function Strip({ children }: { children: ReactNode }) {
  return (
    <div
      role="status"
      className="mb-3 flex items-start gap-2 rounded-control border-s-2 border-patch bg-surface px-3 py-2"
    >
      <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-patch" />
      <div className="min-w-0 grow">{children}</div>
    </div>
  )
}
