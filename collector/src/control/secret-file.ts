import { open, readFile, rename, stat } from 'node:fs/promises'

type SecretFile = {
  path: string
  /** From the environment: wins, and replaces what the file holds. */
  given: string | undefined
  generate: () => string
}

/**
 * A secret that outlives the process: one line in a file that its owner alone may read.
 *
 * @throws Error when others may read the file: what they may have read is no secret any more
 */
export async function openSecretFile({ path, given, generate }: SecretFile): Promise<string> {
  const kept = await readKept(path)
  if (kept !== undefined && (given === undefined || given === kept)) return kept
  const secret = given ?? generate()
  await writeSecretFile(path, secret)
  return secret
}

/** Written whole or not at all, for its owner alone. */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`
  const file = await open(beside, 'w', 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

async function readKept(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new Error(
        `${path} can be read by others: delete it (a new secret is made), or chmod 600 it.`,
      )
    }
    const text = (await readFile(path, 'utf8')).trim()
    return text === '' ? undefined : text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
