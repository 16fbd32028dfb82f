import { expect, test } from 'vitest'
import { type Sdk, sdkNames, snippet } from './snippets.ts'

const target = { ingestUrl: 'http://10.0.0.5:4318', ingestKey: '5f0c3a1b', keyNeeded: true }
const sdks = Object.keys(sdkNames) as Sdk[]

test.each(sdks)('names the real address and key for %s', (sdk) => {
  const { variables = '', start } = snippet(sdk, target)
  expect(variables + start).toContain('http://10.0.0.5:4318')
  expect(variables + start).toContain('5f0c3a1b')
})

test('leaves the key out where none is needed', () => {
  expect(snippet('node', { ...target, keyNeeded: false }).variables).not.toContain('5f0c3a1b')
})

test('gives the browser its key always: its requests carry an Origin', () => {
  expect(snippet('browser', { ...target, keyNeeded: false }).start).toContain('5f0c3a1b')
})
