import { crc32 } from 'node:zlib'
import { keysOf } from './keys-of.ts'
import { renderValue } from './render-value.ts'
import { VALUE_BYTES_MAX } from './limits.ts'
import { readEntry } from './map-entries.ts'
import type { WireReader } from './varint.ts'

/** Who sent a request, for the page that shows attempts; absent where no attribute says it. */
export type ResourceSummary = Readonly<{ service?: string; version?: string; environment?: string }>

/** Canonical attribute first, then its aliases: the first non-empty one counts. */
const ATTRIBUTES = {
  service: ['service.name'],
  version: ['service.version', 'app.version', 'vcs.ref.head.revision'],
  environment: ['deployment.environment.name', 'deployment.environment', 'environment'],
} as const

/** @param resource a well-formed Resource, or undefined when the request has none */
export function summariseResource(resource: WireReader | undefined): ResourceSummary {
  if (resource === undefined) return {}
  const bytes = resource.bytes()
  const place = crc32(bytes) % KNOWN_MAX
  const known = knownResources[place]
  if (known !== undefined && known.bytes.equals(bytes)) return known.summary
  const summary = summarise(resource)
  if (bytes.length <= KNOWN_BYTES_MAX) {
    knownResources[place] = { bytes: Buffer.from(bytes), summary }
  }
  return summary
}

/** A sender's resource is the same in every request: reading it took as long as checking a span. */
const knownResources: ({ bytes: Buffer; summary: ResourceSummary } | undefined)[] = []
const KNOWN_MAX = 256
const KNOWN_BYTES_MAX = 4096

function summarise(resource: WireReader): ResourceSummary {
  const values = readAttributes(resource)
  const summary: { -readonly [Name in keyof ResourceSummary]: string } = {}
  for (const name of keysOf(ATTRIBUTES)) {
    const value = ATTRIBUTES[name].map((key) => values.get(key)).find((text) => text)
    if (value !== undefined) summary[name] = value
  }
  return summary
}

const ATTRIBUTES_TAG = 10
const WANTED: ReadonlySet<string> = new Set(Object.values(ATTRIBUTES).flat())

function readAttributes(resource: WireReader): Map<string, string> {
  const values = new Map<string, string>()
  while (resource.at < resource.end) {
    const tag = resource.small()
    if (tag !== ATTRIBUTES_TAG) resource.skip(tag % 8)
    else {
      const [key, value] = readEntry(resource.content())
      if (value !== undefined && WANTED.has(key)) {
        values.set(key, renderValue(value, VALUE_BYTES_MAX))
      }
    }
  }
  return values
}
