import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('without options everything has its default', () => {
  expect(readOptions(['ingest'])).toEqual({
    what: 'ingest',
    options: {
      scale: 1,
      pairs: 3,
      seed: 1,
      connections: 16,
      encoding: 'gzip',
      json: false,
      help: false,
    },
  })
})

test.each([
  [['--scale', 'x'], '--scale must be a number from 0.01 to 10.'],
  [['--pairs', '1.5'], '--pairs must be a whole number from 1 to 20.'],
  [['--encoding', 'zip'], '--encoding must be gzip or identity.'],
  [['ingest', 'start'], 'One at a time: ingest, start.'],
  [['--quick'], "Unknown option '--quick'"],
])('refuses %j with a sentence', (args, sentence) => {
  expect(() => readOptions(args)).toThrow(sentence)
})
