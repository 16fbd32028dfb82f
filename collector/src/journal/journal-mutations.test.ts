import { expect, test } from 'vitest'
import { makeSpecimen, mutationKinds, openFiles, tryMutation } from './fixtures/mutated-journals.ts'

test('the journal that is mutated below is whole, and has every kind of record', async () => {
  const specimen = await makeSpecimen()
  const { found, reports } = await openFiles(specimen.files)
  expect(new Set(found)).toEqual(specimen.living)
  expect(reports).toEqual([])
  expect(specimen.records.map(({ text }) => text)).toContain('1-refused')
})

const SEEDS = Math.ceil(3000 / mutationKinds.length)

test.each(mutationKinds)(
  'after %s the journal opens, and only damaged records are missing, each reported',
  async (kind) => {
    const specimen = await makeSpecimen()
    for (let seed = 1; seed <= SEEDS; seed++) {
      expect(await tryMutation(specimen, kind, seed), `${kind}, seed ${seed}`).toEqual([])
    }
  },
)
