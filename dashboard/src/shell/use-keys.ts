import { useEffect, useRef } from 'react'

/** Keys by name; two keys in a row are written with a space: `g h`. */
type Bindings = Record<string, () => void>

const chordMs = 1000
const cookieName = 'aftermath_keys'

/** Single keys may be off: speech input triggers them by accident (WCAG 2.1.4). */
export const keysAreOn = (cookies: string) => !cookies.includes(`${cookieName}=off`)
export function saveKeysOn(on: boolean): void {
  document.cookie = `${cookieName}=off; path=/; max-age=${on ? 0 : 365 * 86_400}; samesite=lax`
}

/** Listens for single keys and chords; rests while something is typed or a dialog is open. */
export function useKeys(bindings: Bindings): void {
  const latest = useRef(bindings)
  useEffect(() => {
    latest.current = bindings
  })
  useEffect(() => {
    let first = ''
    let firstAtMs = 0
    const onKey = (event: KeyboardEvent) => {
      if (!isForThePage(event) || !keysAreOn(document.cookie)) return
      const chord = event.timeStamp - firstAtMs < chordMs ? `${first} ${event.key}` : event.key
      const act = latest.current[chord] ?? latest.current[event.key]
      first = event.key
      firstAtMs = event.timeStamp
      if (act === undefined) return
      event.preventDefault()
      first = ''
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function isForThePage(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  if (document.querySelector('dialog[open]') !== null) return false
  const { target } = event
  return !(
    target instanceof Element && target.matches('input, textarea, select, [contenteditable]')
  )
}
