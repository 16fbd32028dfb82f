import { t } from '../strings/explore.ts'

const charsMax = 20_000

/** Names and values as a sender wrote them: text, whatever it holds. */
export function Attributes({
  title,
  attributes,
}: {
  title?: string
  attributes: Record<string, string>
}) {
  const entries = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return (
    <section className="flex min-w-0 flex-col gap-1">
      {title !== undefined && <h3 className="text-dense font-medium text-muted">{title}</h3>}
      {entries.length === 0 ? (
        <p className="text-dense text-muted">{t.trace.none}</p>
      ) : (
        <dl className="min-w-0 border-y border-hairline font-mono text-dense">
          {entries.map(([name, value]) => (
            <div
              key={name}
              className="grid grid-cols-[minmax(0,44%)_minmax(0,1fr)] gap-x-3 border-b border-hairline py-1 last:border-b-0"
            >
              <dt className="text-muted">
                <bdi>{name.slice(0, 500)}</bdi>
              </dt>
              <dd
                dir="auto"
                className="max-h-72 overflow-y-auto whitespace-pre-wrap"
                {...(value.length > 600 && { tabIndex: 0 })}
              >
                {value.slice(0, charsMax)}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
