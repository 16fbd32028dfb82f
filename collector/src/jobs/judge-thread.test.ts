import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openJudgeThread } from './judge-thread.ts'

const nowhere = { url: 'http://127.0.0.1:1', username: '', password: '', headers: {} }
const context = { service: 'shop', environment: 'test', version: '2', releases: [] }
const question = { database: 'aftermath_default', look: { context }, reopened: {} }

test('nothing is started any more once it is closed', async () => {
  const thread = openJudgeThread(nowhere)
  await thread[Symbol.asyncDispose]()
  // A job that is ending still asks for its next release.
  await expect(thread.judge(question as never)).rejects.toThrow('closed')
})

test('a thread that waits for questions keeps no program alive', async () => {
  const program = `
    import { openJudgeThread } from ${JSON.stringify(new URL('judge-thread.ts', import.meta.url).href)}
    const thread = openJudgeThread(${JSON.stringify(nowhere)})
    thread.judge(${JSON.stringify(question)}).catch(() => {})`
  const dir = await mkdtemp(join(tmpdir(), 'aftermath-judge-thread-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'ask.mjs'), program)
  const child = spawn(process.execPath, [join(dir, 'ask.mjs')], { stdio: 'ignore' })
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) }).finally(() =>
    child.kill('SIGKILL'),
  )
  expect(code).toBe(0)
})
