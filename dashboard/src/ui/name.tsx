/** A text that a sender chose: one line, cut where it must be, whole in its tooltip. */
export function Name({ children, className = '' }: { children: string; className?: string }) {
  return (
    <span title={children.slice(0, 1000)} className={`block truncate ${className}`}>
      <bdi dir="auto">{children.slice(0, 300)}</bdi>
    </span>
  )
}
