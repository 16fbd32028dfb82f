import { CopyButton } from './copy-button.tsx'

/** Lines to copy: they scroll inside their own box. */
export function CodeBlock({ code, label }: { code: string; label?: string }) {
  return (
    <figure className="relative min-w-0 overflow-hidden rounded-panel border border-hairline bg-surface">
      <figcaption className="flex items-center justify-between gap-2 border-b border-hairline py-1.5 ps-4 pe-2">
        <span className="truncate text-dense text-muted">{label}</span>
        <CopyButton text={code} />
      </figcaption>
      {/* Scrollable, so it must be reachable by keys. */}
      <pre
        tabIndex={0}
        aria-label={label}
        className="overflow-x-auto px-4 py-3 font-mono text-dense"
      >
        {code}
      </pre>
    </figure>
  )
}
