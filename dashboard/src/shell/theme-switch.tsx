import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { t } from '../strings/en.ts'
import { IconButton } from '../ui/button.tsx'
import { readTheme, saveTheme, type Theme } from './theme.ts'

const icons = { system: Monitor, light: Sun, dark: Moon }
const following: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }

/** System, light, dark, and round again. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(() => readTheme(document.cookie))
  const Icon = icons[theme]
  const change = () => {
    saveTheme(following[theme])
    setTheme(following[theme])
  }
  return (
    <IconButton label={t.shell.theme(theme)} onClick={change}>
      <Icon aria-hidden size={16} />
    </IconButton>
  )
}
