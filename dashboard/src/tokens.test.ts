import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)
const themes = ['light', 'dark'] as const
type Theme = (typeof themes)[number]
type Rgb = [number, number, number]

const decided = ['--verdict-ship', '--verdict-watch', '--verdict-patch', '--verdict-roll-back']
const verdicts = [...decided, '--verdict-collecting']
const cases = themes.flatMap((theme) => verdicts.map((verdict) => ({ theme, verdict })))

test.each(cases)(
  '$verdict is legible as a badge and as text in the $theme theme',
  ({ theme, verdict }) => {
    expect(contrast(color('--verdict-ink', theme), color(verdict, theme))).toBeGreaterThanOrEqual(
      4.8,
    )
    expect(contrast(color(verdict, theme), color('--bg', theme))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(color(verdict, theme), color('--surface', theme))).toBeGreaterThanOrEqual(4.5)
  },
)

test.each(themes)('muted text keeps its contrast on every ground of the %s theme', (theme) => {
  for (const ground of ['--bg', '--surface', '--hover']) {
    expect(contrast(color('--muted', theme), color(ground, theme))).toBeGreaterThanOrEqual(4.5)
  }
})

test.each(themes)('lines of controls and series stand out 3:1 in the %s theme', (theme) => {
  const series = [1, 2, 3, 4, 5, 6].map((number) => `--series-${number}`)
  for (const name of ['--line', '--focus', ...series]) {
    expect(contrast(color(name, theme), color('--bg', theme))).toBeGreaterThanOrEqual(3)
  }
})

// Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009) 1291, severity 1, on linear RGB.
const deficiencies = {
  protan: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998,
  ],
  deutan: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881,
  ],
  tritan: [
    1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039,
  ],
}
const views = themes.flatMap((theme) =>
  Object.entries(deficiencies).map(([kind, matrix]) => ({ theme, kind, matrix })),
)

test.each(views)(
  'the four decided verdicts stay apart with $kind in the $theme theme',
  ({ theme, matrix }) => {
    const seen = decided.map((verdict) => oklab(simulate(linear(color(verdict, theme)), matrix)))
    const apart = theme === 'light' ? 0.11 : 0.19
    for (const [at, one] of seen.entries()) {
      for (const other of seen.slice(at + 1)) {
        expect(distance(one, other)).toBeGreaterThanOrEqual(apart)
      }
    }
  },
)

function color(name: string, theme: Theme): string {
  const found = tokens.get(name)
  if (found === undefined) throw new Error(`tokens.css has no ${name}`)
  return found[theme]
}

/** WCAG 2.2 contrast ratio. */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

function luminance(hex: string): number {
  const [red, green, blue] = linear(hex)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function linear(hex: string): Rgb {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

function simulate(rgb: Rgb, matrix: number[]): Rgb {
  const row = (at: number) => {
    const sum = rgb.reduce(
      (total, value, column) => total + value * (matrix[at * 3 + column] ?? 0),
      0,
    )
    return Math.min(1, Math.max(0, sum))
  }
  return [row(0), row(1), row(2)]
}

/** Ottosson, 2020. */
function oklab([red, green, blue]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

const distance = (one: Rgb, other: Rgb) =>
  Math.hypot(...one.map((value, at) => value - (other[at] ?? 0)))
