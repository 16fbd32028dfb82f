import { expect, test } from 'vitest'
import { brokenSync } from './broken-sync.ts'
import { fullDisk } from './full-disk.ts'
import { quick } from './quick.ts'
import { openSmallDisk } from './small-disk.ts'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'

const dir = await mkdtemp(join(tmpdir(), 'aftermath-torture-probe-'))
const hasNamespaces = (await openSmallDisk(dir)) !== undefined
await rm(dir, { recursive: true })

test.runIf(hasNamespaces)(
  'a full disk refuses within a second and is left without help',
  async () => {
    const { failures } = await fullDisk.run(quick({ times: 2 }))
    expect(failures).toEqual([])
  },
  400_000,
)

test('a disk that cannot write or sync answers 503, and what it refused stays away', async () => {
  const { failures } = await brokenSync.run(quick({ times: 4 }))
  expect(failures).toEqual([])
}, 400_000)
