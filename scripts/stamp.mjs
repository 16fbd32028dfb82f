import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** Whether the work whose inputs hash to `hash` has been done. @param {string} file */
export function isStamped(file, hash) {
  return existsSync(file) && readFileSync(file, 'utf8') === hash
}

/** Notes that it has. @param {string} file */
export function stamp(file, hash) {
  writeFileSync(file, hash)
}

/**
 * Hash of files and folders, of their names and contents; of the clone's place on disk no part.
 *
 * @param {{ root: string, paths: string[], facts?: string[], skip?: (name: string) => boolean }} inputs
 *   `paths` from `root`, missing ones allowed; `facts`: other things that count, e.g. a version
 */
export function hashInputs({ root, paths, facts = [], skip = () => false }) {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const path of paths) {
    for (const file of listFiles(join(root, path), skip)) {
      const content = readFileSync(file)
      hash.update(JSON.stringify([relative(root, file).split(sep).join('/'), content.length]))
      hash.update(content)
    }
  }
  return hash.digest('hex')
}

function listFiles(path, skip) {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return []
  if (!stats.isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => !skip(name))
  return names.toSorted().flatMap((name) => listFiles(join(path, name), skip))
}
