import { SloFile } from '@aftermath/schemas/slo'
import { LineCounter, isMap, isNode, isScalar, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'

export type ReadSloFile =
  | { outcome: 'read'; slos: SloFile['slos'] }
  /** One line each: `file:line:column: path: what is wrong`. */
  | { outcome: 'malformed'; problems: string[] }

/** Objectives of a YAML or JSON file; JSON is YAML too. Each problem is told with its place. */
export function readSloFile(text: string, name: string): ReadSloFile {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const placeOf = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return `${name}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => `${placeOf(pos[0])}: ${message}`)
    return { outcome: 'malformed', problems }
  }
  const parsed = SloFile.safeParse(contentOf(document))
  if (parsed.success) return { outcome: 'read', slos: parsed.data.slos }
  const problems = parsed.error.issues.map((issue) => {
    const path = pathOf(issue)
    const where = placeOf(offsetOf(document, path))
    return path.length === 0
      ? `${where}: ${issue.message}`
      : `${where}: ${path.map(String).join('.')}: ${issue.message}`
  })
  return { outcome: 'malformed', problems }
}

/** Aliases that multiply themselves are no objectives. */
function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return undefined
  }
}

function pathOf(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === 'unrecognized_keys'
    ? [...issue.path, ...issue.keys.slice(0, 1)]
    : issue.path
}

/** Where the value of a path is written; for one that is missing, where its parent is. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const name = path[length - 1]
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === name)
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
      continue
    }
    const node: unknown = document.getIn(path.slice(0, length), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return document.contents?.range[0] ?? 0
}
