import { createApi } from './aftermath-api.ts'
import { drive } from './drive.ts'
import { createNarrator } from './narrate.ts'
import { readRunFiles } from './run-files.ts'
import { startShop } from './start-shop.ts'
import { deploymentsOf, planStory } from './story.ts'

type Deps = { dataDir: string; print: (line: string) => void; now: () => number }

/** Tells the shop's story to the collector of a data directory, then goes on live until aborted. */
export async function runDemo({ dataDir, print, now }: Deps, signal: AbortSignal): Promise<void> {
  const { app, ingest, token } = await readRunFiles(dataDir)
  const api = createApi({ app, token })
  const narrator = createNarrator({ app, dataDir, print, now })

  const { ingestKey, isNew } = await api.openProject()
  const { beginMs, fromMs } = planStory(isNew ? undefined : await api.readEarlierStory(), now())
  const deployments = deploymentsOf(beginMs)
  narrator.opened({ isNew })

  await using shop = await startShop({ ingestUrl: ingest, ingestKey })
  narrator.driving(now() - fromMs)

  await drive(
    {
      addresses: shop.addresses,
      beginMs,
      fromMs,
      now,
      async onMinute(minute) {
        narrator.minute(minute)
        for (const { deployment } of deployments.filter((each) => each.minute === minute)) {
          await api.recordDeployment(deployment)
        }
      },
      onPresent(requests) {
        shop.measure()
        narrator.present(requests)
      },
    },
    signal,
  )
}
