export type Theme = 'system' | 'light' | 'dark'

const cookieName = 'aftermath_theme'
const yearSeconds = 365 * 86_400

/** The theme chosen on this browser. A cookie, so that a server may write it into the page. */
export function readTheme(cookies: string): Theme {
  const found = new RegExp(`(?:^|; )${cookieName}=(light|dark)`).exec(cookies)
  return (found?.[1] as 'light' | 'dark' | undefined) ?? 'system' // by the expression
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function saveTheme(theme: Theme): void {
  const ageSeconds = theme === 'system' ? 0 : yearSeconds
  document.cookie = `${cookieName}=${theme}; path=/; max-age=${ageSeconds}; samesite=lax`
  applyTheme(theme)
}
