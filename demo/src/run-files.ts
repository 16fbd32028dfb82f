import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const RunFile = z.object({ ready: z.literal(true), app: z.url(), ingest: z.url() })

/** Where a running collector is, and its token, from its data directory. */
export async function readRunFiles(dataDir: string) {
  try {
    const run = RunFile.parse(JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')))
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim()
    return { ...run, token }
  } catch (cause) {
    const sentence = `No collector runs on ${dataDir}. \`npm run demo\` starts one and the shop.`
    throw new Error(sentence, { cause })
  }
}
