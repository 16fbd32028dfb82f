import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Limits of the first page, gzipped: what a phone on a slow line must load before the verdict. */
const criticalScriptBytesMax = 150 * 1024
const styleBytesMax = 20 * 1024
const lazyChunkBytesMax = 160 * 1024

/** Pages whose first screen is measured, by the module that the router loads for them. */
const firstPages = ['overview-page.tsx', 'release-page.tsx']
/** Packages that may only be reached by a dynamic import. */
const lazyPackages = ['recharts']

type Chunk = {
  fileName: string
  code: string
  isEntry: boolean
  facadeModuleId: string | null
  moduleIds: readonly string[]
  imports: readonly string[]
}

/** Fails the build when the first page, the styles or a lazy chunk outgrow their budget. */
export function bundleBudget(): Plugin {
  return {
    name: 'bundle-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const outputs = Object.values(bundle)
      const chunks = outputs.flatMap((output) => (output.type === 'chunk' ? [output] : []))
      const styles = outputs.flatMap((output) =>
        output.type === 'asset' && output.fileName.endsWith('.css') ? [output.source] : [],
      )
      const report = checkBudget({ chunks, styleBytes: sum(styles.map(gzipBytes)) })
      for (const line of report.lines) this.info(line)
      if (report.failures.length > 0) this.error(report.failures.join('\n'))
    },
  }
}

/** Pure part of the check. */
export function checkBudget({ chunks, styleBytes }: { chunks: Chunk[]; styleBytes: number }) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const entry = chunks.find((chunk) => chunk.isEntry)
  const failures: string[] = []
  const lines: string[] = []
  if (entry === undefined) return { failures: ['The build has no entry.'], lines }

  for (const page of firstPages) {
    const chunk = chunks.find((one) => one.moduleIds.some((id) => id.endsWith(page)))
    if (chunk === undefined) {
      failures.push(`No chunk holds ${page}.`)
      continue
    }
    const reached = reachable([entry, chunk], byName)
    const bytes = sum([...reached].map((one) => gzipBytes(one.code)))
    lines.push(`${page}: ${kib(bytes)} of script before the first screen`)
    if (bytes > criticalScriptBytesMax) {
      failures.push(`${page} needs ${kib(bytes)} of script, over ${kib(criticalScriptBytesMax)}.`)
    }
    for (const name of lazyPackages) {
      if ([...reached].some((one) => one.moduleIds.some((id) => id.includes(`/${name}/`)))) {
        failures.push(`${page} reaches ${name} without a dynamic import.`)
      }
    }
  }

  lines.push(`styles: ${kib(styleBytes)}`)
  if (styleBytes > styleBytesMax) {
    failures.push(`The styles take ${kib(styleBytes)}, over ${kib(styleBytesMax)}.`)
  }
  for (const chunk of chunks) {
    const bytes = gzipBytes(chunk.code)
    if (bytes > lazyChunkBytesMax) failures.push(`${chunk.fileName} takes ${kib(bytes)}.`)
  }
  return { failures, lines }
}

function reachable(from: Chunk[], byName: Map<string, Chunk>): Set<Chunk> {
  const seen = new Set<Chunk>()
  const queue = [...from]
  for (let chunk = queue.pop(); chunk !== undefined; chunk = queue.pop()) {
    if (seen.has(chunk)) continue
    seen.add(chunk)
    queue.push(...chunk.imports.flatMap((name) => byName.get(name) ?? []))
  }
  return seen
}

const gzipBytes = (content: string | Uint8Array) => gzipSync(content).length
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`
