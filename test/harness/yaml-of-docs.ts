import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { z } from 'zod'

/** The resource of a kind in the YAML of a page of the docs. */
export async function resourceOf<T>(page: string, kind: string, shape: z.ZodType<T>): Promise<T> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => parse(block!))
  const found = blocks.find((block: { kind?: unknown }) => block.kind === kind)
  return shape.parse(found)
}
