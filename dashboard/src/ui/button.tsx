import type { ComponentProps } from 'react'

const quiet =
  'inline-flex min-h-8 items-center justify-center gap-1.5 rounded-control px-2.5 font-medium whitespace-nowrap hover:bg-hover disabled:opacity-50 aria-pressed:bg-hover aria-expanded:bg-hover'

/** A button with a word: verb and object. */
export function Button({ className = '', ...props }: ComponentProps<'button'>) {
  return (
    <button
      type="button"
      {...props}
      className={`${quiet} border border-line bg-bg px-3 ${className}`}
    />
  )
}

/** A button inside a bar: no border until it is pointed at. */
export function QuietButton({ className = '', ...props }: ComponentProps<'button'>) {
  return <button type="button" {...props} className={`${quiet} ${className}`} />
}

/** An icon alone; its name is for readers and as a tooltip. */
export function IconButton({ label, className = '', ...props }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...props}
      className={`${quiet} min-w-8 !px-0 text-muted hover:text-text ${className}`}
    />
  )
}
type IconButtonProps = ComponentProps<'button'> & { label: string }
