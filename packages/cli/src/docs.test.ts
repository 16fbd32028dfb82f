import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runForTest } from './run-for-test.ts'

const docs = new URL('../../../docs/', import.meta.url)
const pages = [
  '../README.md',
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  ),
]

/** Where a command begins in a line of a shell or a pipeline; prose names commands by their first word. */
const COMMAND =
  /(?:^\s*(?:\$ )?|['&|;]\s*|- (?:run: )?|\bnpx )aftermath +((?:gate|deploy|decide|replay|status|dead-letters)\b[^\n`]*)/gm

const found = pages.flatMap((page) => {
  const text = readFileSync(new URL(page, docs), 'utf8').replaceAll(/\\\n\s*/g, ' ')
  return [...text.matchAll(COMMAND)].map(([, command]) => ({ page, command: argvOf(command!) }))
})

/** Words up to what belongs to the shell: a pipe, a redirection, a comment, a closing quote. */
function argvOf(command: string): string[] {
  const [own = ''] = command.split(/\s+(?:\||&&|\|\||#|>|2>)|'\s*\)|\s#/)
  return [...own.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
}

test('the docs show commands', () => {
  expect(found.length).toBeGreaterThan(20)
})

test.each(found)(
  '$page: aftermath $command is a call that the command takes',
  async ({ command }) => {
    // Nobody listens there: what is well said ends with 4, what is not with 2.
    const timeout = /^(gate|deploy|decide)$/.test(command[0]!) ? ['--timeout', '0s'] : []
    const argv = [...command, ...timeout, '--server', 'http://127.0.0.1:1']
    const { exitCode, stderr } = await runForTest({ argv })
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 4 })
  },
)
