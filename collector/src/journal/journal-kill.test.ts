import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { open, temporaryDirectory, texts } from './testing.ts'

const driver = new URL('./fixtures/append-until-killed.ts', import.meta.url).pathname

/** Runs the driver until it said `count` lines, and kills it in the middle of its work. */
async function runAndKill(dir: string, life: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, [driver, dir, String(life)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let lines = 0
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    output += text
    lines += text.split('\n').length - 1
    if (lines >= count) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return output.split('\n').slice(0, -1)
}

test('kill -9 in the middle of appends loses nothing that was acknowledged, and doubles nothing', async () => {
  await using dir = await temporaryDirectory()
  const acknowledged = new Set<string>()
  const handedOut = new Set<string>()
  for (let life = 0; life < 6; life++) {
    for (const line of await runAndKill(dir.path, life, 300 + life * 150)) {
      const names = line.startsWith('+') ? acknowledged : handedOut
      names.add(line.slice(1))
    }
  }

  await using journal = await open(dir.path)
  const found = (await texts(journal)).map((text) => text.split(' ')[0])
  expect(new Set(found).size).toBe(found.length)
  // A batch that was handed out may be released or not; everything else must be there.
  const missing = [...acknowledged].filter((name) => !handedOut.has(name) && !found.includes(name))
  expect(missing).toEqual([])
  expect(acknowledged.size).toBeGreaterThan(1000)
  expect(journal.stats().damagedRecords).toBe(0)
})
