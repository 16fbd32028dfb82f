/** Columns padded to one width, as the formatter of this repository leaves them. */
export function markdownTable(head: string[], rows: string[][]): string {
  const widths = head.map((cell, k) => {
    return Math.max(3, cell.length, ...rows.map((row) => row[k]!.length))
  })
  const line = (cells: string[]) =>
    `| ${cells.map((cell, k) => cell.padEnd(widths[k]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
