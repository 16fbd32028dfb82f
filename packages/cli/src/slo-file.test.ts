import { expect, test } from 'vitest'
import { readSloFile } from './slo-file.ts'

const good = `# what is promised
slos:
  - id: checkout-answers
    service: checkout
    sli: { kind: availability }
    target: 0.999
`

const bomb = ['l0: &l0 [1]']
  .concat(Array.from({ length: 8 }, (_, k) => `l${k + 1}: &l${k + 1} [${`*l${k}, `.repeat(10)}]`))
  .concat('slos: *l8')
  .join('\n')

test('YAML and JSON of the same content are the same objectives', () => {
  const slo = {
    id: 'checkout-answers',
    service: 'checkout',
    environment: 'production',
    sli: { kind: 'availability' },
    target: 0.999,
    periodDays: 30,
  }
  expect(readSloFile(good, 'a.yaml')).toEqual({ outcome: 'read', slos: [slo] })
  const json = JSON.stringify({ slos: [slo] }, null, 2)
  expect(readSloFile(json, 'a.json')).toEqual({ outcome: 'read', slos: [slo] })
})

test.each([
  ['a target in percent', good.replace('0.999', '99.9'), '6:5: slos.0.target: ', 'a share'],
  ['an unknown field', `${good}    perod: 30\n`, '7:5: slos.0.perod: ', 'perod'],
  ['a missing field', good.replace('    service: checkout\n', ''), '3:5: slos.0.service: ', ''],
  [
    'a threshold that is missing',
    good.replace('availability', 'latency'),
    '5:5: slos.0.sli.thresholdMs: ',
    '',
  ],
  [
    'an unknown kind',
    good.replace('availability', 'luck'),
    '5:12: slos.0.sli.kind: ',
    'availability or latency',
  ],
  ['an id with a capital', good.replace('checkout-a', 'Checkout-a'), '3:5: slos.0.id: ', 'a-z'],
  ['the same id twice', good + good.slice(good.indexOf('  - id')), '7:5: slos.1.id: ', 'slos.0'],
  ['a broken flow', good.replace('}', ''), '6:5: ', ''],
  ['a key twice', `${good}    target: 0.9\n`, '7:5: ', 'unique'],
  ['nothing', '', '1:1: ', ''],
  ['a list', '- 1\n- 2\n', '1:1: ', ''],
  ['an alias bomb', bomb, '1:1: ', ''],
])('tells the place of %s', (_, text, place, word) => {
  const found = readSloFile(text, 'slos.yaml')
  if (found.outcome === 'read') throw new Error('it was read')
  expect(found.problems.join('\n')).toContain(`slos.yaml:${place}`)
  expect(found.problems.join('\n')).toContain(word)
})
