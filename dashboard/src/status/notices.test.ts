import type { Status } from '@aftermath/schemas/api/status'
import { expect, test } from 'vitest'
import { noticesOf } from './notices.ts'

const well: Status = {
  version: '1',
  problems: [],
  signals: [],
  requests: [],
  rejections: [],
  shed: [],
  journal: {
    state: 'open',
    bytes: 0,
    segments: 0,
    oldestSeconds: 0,
    openBatches: 0,
    sealedBatches: 0,
    bytesMax: null,
    damagedRecords: 0,
  },
  deadLetters: 0,
  lagSeconds: 60,
  engine: {
    up: true,
    embedded: true,
    version: '26.7',
    restarts: 0,
    load: { memoryBytes: 1, merges: 0, parts: 1, brokenParts: 0 },
  },
  disk: { freeBytes: 10, usedBytes: 0, totalBytes: 100 },
  jobs: [],
}

test('says nothing while nothing is wrong', () => {
  expect(noticesOf(well)).toEqual([])
})

test.each<[string, Partial<Status>]>([
  ['lag', { lagSeconds: 61 }],
  ['disk_low', { disk: { ...well.disk, freeBytes: 9 } }],
  ['shed', { shed: ['jobs', 'sql'] }],
  ['damaged', { journal: { ...well.journal, damagedRecords: 1 } }],
  ['broken_parts', { engine: { ...well.engine, load: { ...well.engine.load!, brokenParts: 2 } } }],
  ...['stopping', 'engine_down', 'disk_full', 'journal_failed', 'held', 'dead_letters'].map(
    (code): [string, Partial<Status>] => [code, { problems: [{ code, sentence: 'It is so.' }] }],
  ),
])('says what is wrong and what to do: %s', (code, change) => {
  const notices = noticesOf({ ...well, ...change })
  expect(notices.map((notice) => notice.code)).toEqual([code])
  expect(notices[0]!.remedy).toMatch(/^[A-Z].{20,}/)
})
