import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Foreground } from '../foreground.mjs'
import { prepareProgram } from '../prepare.mjs'
import { countTests } from '../test-count.mjs'
import { tool } from '../tool.mjs'

/** `npm test`: everything the tests need, then the tests. Arguments are vitest's. */
export async function run(args) {
  const { env } = await prepareProgram()
  const dir = mkdtempSync(join(tmpdir(), 'aftermath-test-report-'))
  const report = join(dir, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const vitest = tool('vitest', ['run', ...reporters, ...args])
    const code = await new Foreground().start({ ...vitest, env }).exited
    const { passed, failed } = countTests({ report: readReport(report), code })
    console.log(`${passed} passed, ${failed} failed`)
    return failed > 0 || passed === 0 ? 1 : 0
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined // it ended before it wrote one
  }
}
