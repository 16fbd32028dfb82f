import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createApi } from './aftermath-api.ts'
import { drive } from './drive.ts'
import { createNarrator } from './narrate.ts'
import { readRunFiles } from './run-files.ts'
import { shutdownSignal } from './shutdown-signal.ts'
import { startShop } from './start-shop.ts'
import { deploymentsOf, planStory } from './story.ts'

const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: 'data' } } })
const dataDir = resolve(values['data-dir'])
const signal = shutdownSignal()

const { app, ingest, token } = await readRunFiles(dataDir)
const api = createApi({ app, token })
const narrator = createNarrator({ app, dataDir, print: console.log, now: Date.now })

const { ingestKey, isNew } = await api.openProject()
const { beginMs, fromMs } = planStory(isNew ? undefined : await api.readEarlierStory(), Date.now())
narrator.opened({ isNew })

await using shop = await startShop({ ingestUrl: ingest, ingestKey })
narrator.driving((Date.now() - fromMs) / 3_600_000)

const deployments = deploymentsOf(beginMs)
await drive(
  {
    addresses: shop.addresses,
    beginMs,
    fromMs,
    now: Date.now,
    async onMinute(minute) {
      narrator.minute(minute)
      for (const { deployment } of deployments.filter((each) => each.minute === minute)) {
        await api
          .recordDeployment(deployment)
          .catch((error: unknown) => narrator.failed(`deployment of ${deployment.service}`, error))
      }
    },
    onPresent(requests) {
      shop.measure()
      narrator.present(requests)
    },
  },
  signal,
)
