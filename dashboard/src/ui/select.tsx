import { ChevronDown } from 'lucide-react'

type SelectProps = {
  label: string
  value: string
  options: { value: string; text: string }[]
  onChange: (value: string) => void
  className?: string
}

const optionCharsMax = 80

/** The browser's own list, in the look of the bar: keys, touch and readers come for free. */
export function Select({ label, value, options, onChange, className = '' }: SelectProps) {
  return (
    <span className="relative inline-flex min-w-0 items-center rounded-control hover:bg-hover">
      <select
        aria-label={label}
        title={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`h-8 max-w-56 min-w-0 [field-sizing:content] appearance-none truncate rounded-control bg-transparent ps-2.5 pe-7 ${className}`}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} className="bg-bg text-text">
            {option.text.slice(0, optionCharsMax)}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        size={14}
        className="pointer-events-none absolute end-2 text-muted"
      />
    </span>
  )
}
