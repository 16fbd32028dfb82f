import { mkdtempDisposable, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startEmbeddedClickHouse } from '@aftermath/embedded-clickhouse'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { countBrokenParts } from './broken-parts.ts'
import { openClients } from './connection.ts'

const log = pino({ enabled: false })

test('parts that ClickHouse set aside as broken are counted, those that a person detached are not', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'aftermath-broken-'))
  await using engine = await startEmbeddedClickHouse({ dataDir: directory.path, log })
  await engine.up()
  await using clients = openClients(engine.connection)
  const { bare } = clients
  for (const query of [
    'CREATE DATABASE aftermath_shop ENGINE = Atomic',
    'CREATE TABLE aftermath_shop.t (day Date) ENGINE = MergeTree ORDER BY day PARTITION BY day',
    "INSERT INTO aftermath_shop.t VALUES ('2026-01-01'), ('2026-01-02')",
    'ALTER TABLE aftermath_shop.t DETACH PARTITION ALL',
  ]) {
    await bare.command({ query })
  }
  expect(await countBrokenParts(bare, log)).toBe(0)

  const answer = await bare.query({
    query: 'SELECT name, path FROM system.detached_parts ORDER BY name',
    format: 'JSONEachRow',
  })
  const [part] = await answer.json<{ name: string; path: string }>()
  const { name, path } = part! // two were detached
  // What the engine does with a part that it cannot load.
  await rename(path, join(dirname(path), `broken-on-start_${name}`))
  expect(await countBrokenParts(bare, log)).toBe(1)
})
