import { readFileSync } from 'node:fs'

const PLACE = '-- {release}'

/** A statement that has the columns `environment_shown` and `version_shown` where it says `-- {release}`. */
export function withRelease(statement: string): string {
  if (!statement.includes(PLACE)) throw new Error(`A statement has no line ${PLACE}`)
  const columns = readFileSync(new URL('release-columns.sql', import.meta.url), 'utf8')
  return statement.replace(PLACE, () => columns) // a function: `$'` is no pattern here
}
