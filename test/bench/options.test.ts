import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('what is not said has a usual value', () => {
  expect(readOptions(['ingest', '--quick'])).toEqual({
    what: 'ingest',
    options: { scale: 1, seed: 1, connections: 16, quick: true, save: false, help: false },
  })
})

test.each([
  [['--scale', 'x'], '--scale must be a number from 0.01 to 10.'],
  [['--pairs', '1.5'], '--pairs must be a whole number from 1 to 20.'],
  [['--encoding', 'zip'], '--encoding must be gzip or identity.'],
  [['ingest', 'start'], 'One at a time: ingest, start.'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j with a sentence', (args, sentence) => {
  expect(() => readOptions(args)).toThrow(sentence)
})
