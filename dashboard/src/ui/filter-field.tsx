import { Search } from 'lucide-react'

type FilterFieldProps = { label: string; value: string; onChange: (value: string) => void }

/** The page's filter: `/` leads here, Esc empties it. */
export function FilterField({ label, value, onChange }: FilterFieldProps) {
  return (
    <div className="relative w-full sm:w-72">
      <Search
        aria-hidden
        size={16}
        className="pointer-events-none absolute start-2.5 top-1/2 -translate-y-1/2 text-muted"
      />
      <input
        type="search"
        data-filter
        aria-label={label}
        placeholder={label}
        maxLength={200}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onChange('')}
        className="h-9 w-full rounded-control border border-line bg-bg ps-8 pe-2 placeholder:text-muted"
      />
    </div>
  )
}
