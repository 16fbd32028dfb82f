import { z } from 'zod'
import { resourceOf } from './yaml-of-docs.ts'

const Canary = z.object({
  spec: z.object({
    analysis: z.object({
      webhooks: z.array(
        z.object({ type: z.string(), url: z.string(), metadata: z.record(z.string(), z.string()) }),
      ),
    }),
  }),
})

/** The webhook of a type as the docs have it. */
export async function webhookOf(type: string) {
  const { spec } = await resourceOf('integrations/flagger.md', 'Canary', Canary)
  const webhook = spec.analysis.webhooks.find((one) => one.type === type)
  if (webhook === undefined) throw new Error(`The docs have no webhook of the type ${type}.`)
  return webhook
}
