import type { Attributes } from './span-row.ts'

type Item = { attributes: Attributes; resource: Attributes }

/** The version of the release that an item belongs to; '' when nothing tells. */
export function versionOf(item: Item): string {
  return resourceFirst(item, ['service.version', 'app.version', 'vcs.ref.head.revision']) ?? ''
}

/** @see DEFAULT_ENVIRONMENT for an item that does not say where it comes from */
export function environmentOf(item: Item): string {
  return (
    resourceFirst(item, ['deployment.environment.name', 'deployment.environment', 'environment']) ??
    DEFAULT_ENVIRONMENT
  )
}

/** As Sentry's SDKs have it. */
const DEFAULT_ENVIRONMENT = 'production'

function resourceFirst(
  { attributes, resource }: Item,
  keys: readonly string[],
): string | undefined {
  return keys.flatMap((key) => [resource[key], attributes[key]]).find((value) => value)
}
