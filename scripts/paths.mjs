import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where Node and pnpm are put when the machine lacks them. */
export const toolsDir = join(root, '.tools')

/** @param {string} path from the clone's root */
export const inClone = (path) => join(root, path)
