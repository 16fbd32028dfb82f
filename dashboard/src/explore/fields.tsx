import { type ReactNode, useId, useState } from 'react'
import { t } from '../strings/explore.ts'

const fieldClass =
  'h-8 w-full min-w-0 rounded-control border border-line bg-bg px-2 placeholder:text-muted aria-invalid:border-roll-back'

function Labelled({ label, htmlFor, className = '', children }: LabelledProps) {
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className}`}>
      <label htmlFor={htmlFor} className="text-dense text-muted">
        {label}
      </label>
      {children}
    </div>
  )
}
type LabelledProps = { label: string; htmlFor: string; className?: string; children: ReactNode }

type TextFieldProps = {
  label: string
  value: string | undefined
  onCommit: (value: string | undefined) => void
  /** What is wrong with a text; undefined when nothing is. */
  check?: (value: string) => string | undefined
  placeholder?: string
  className?: string
  isFilter?: boolean
  maxLength?: number
}

/** A filter to type: it counts once Enter is pressed or the field is left, not at every key. */
export function TextField(props: TextFieldProps) {
  const {
    label,
    value = '',
    onCommit,
    check,
    placeholder,
    className,
    isFilter,
    maxLength = 200,
  } = props
  const id = useId()
  const [typed, setTyped] = useState(value)
  // The address may change otherwise: Back, a link, a cleared filter.
  const [seen, setSeen] = useState(value)
  if (seen !== value) {
    setSeen(value)
    setTyped(value)
  }
  const wrong = typed.trim() === '' ? undefined : check?.(typed.trim())
  const commit = () => {
    const text = typed.trim()
    if (wrong === undefined && text !== value) onCommit(text === '' ? undefined : text)
  }
  return (
    <Labelled label={label} htmlFor={id} className={className ?? ''}>
      <input
        id={id}
        {...(isFilter === true && { 'data-filter': true })}
        dir="auto"
        value={typed}
        placeholder={placeholder}
        maxLength={maxLength}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : `${id}-wrong`}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          if (event.key === 'Escape') setTyped(value)
        }}
        className={fieldClass}
      />
      {wrong !== undefined && (
        <span id={`${id}-wrong`} role="status" className="text-dense text-roll-back">
          {wrong}
        </span>
      )}
    </Labelled>
  )
}

type ChoiceFieldProps<V extends string> = {
  label: string
  value: V | undefined
  options: readonly { value: V; text: string }[]
  /** What no choice means. */
  none: string
  onChange: (value: V | undefined) => void
  className?: string
}

/** A filter of a few values, in the browser's own list. */
export function ChoiceField<V extends string>(props: ChoiceFieldProps<V>) {
  const { label, value, options, none, onChange, className } = props
  const id = useId()
  return (
    <Labelled label={label} htmlFor={id} className={className ?? ''}>
      <select
        id={id}
        value={value ?? ''}
        onChange={(event) =>
          onChange(options.find((option) => option.value === event.target.value)?.value)
        }
        className={fieldClass}
      >
        <option value="">{none}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

/** Filters side by side, and below each other where there is no room. */
export function FilterForm({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div
      role="search"
      aria-label={label}
      className="grid grid-cols-2 items-start gap-x-3 gap-y-3 sm:grid-cols-4 lg:grid-cols-8 print:hidden"
    >
      {children}
    </div>
  )
}

/** Below a list: the next page of it. */
export function MoreButton({
  more,
  isLoading,
}: {
  more: (() => void) | undefined
  isLoading: boolean
}) {
  if (more === undefined) return null
  return (
    <button
      type="button"
      disabled={isLoading}
      onClick={more}
      className="min-h-8 self-start rounded-control border border-line bg-bg px-3 font-medium hover:bg-hover disabled:opacity-50"
    >
      {isLoading ? t.loadingMore : t.more}
    </button>
  )
}
