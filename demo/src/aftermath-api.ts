import { DeploymentsAnswer, type NewDeployment } from '@aftermath/schemas/api/deployments'
import { ServicesAnswer } from '@aftermath/schemas/api/services'
import { ProjectAnswer, ProjectsAnswer } from '@aftermath/schemas/api/session'
import { Problem } from '@aftermath/schemas/api/common'
import type { z } from 'zod'

const PROJECT = 'demo'
/** The longest range that the API answers: all that a demo can have left behind. */
const EVER = '-399d'

export type Api = {
  /** Makes the demo's project, or finds it. Returns the key that its senders use. */
  openProject(): Promise<{ ingestKey: string; isNew: boolean }>
  /** When an earlier demo's story began, and when it was last told; undefined where none was. */
  readEarlierStory(): Promise<{ beginMs: number; lastSeenMs: number } | undefined>
  recordDeployment(deployment: z.input<typeof NewDeployment>): Promise<void>
}

/** The collector's API, as far as the demo needs it. Everything it refuses is thrown. */
export function createApi({ app, token }: { app: string; token: string }): Api {
  const ask = async (path: string, send?: unknown) => {
    const response = await fetch(`${app}/api/v1${path}`, {
      method: send === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(send === undefined ? {} : { body: JSON.stringify(send) }),
      signal: AbortSignal.timeout(15_000),
    })
    const body: unknown = await response.json()
    return { status: response.status, body }
  }

  return {
    async openProject() {
      const made = await ask('/projects', { slug: PROJECT, name: 'Demo shop' })
      if (made.status !== 409) {
        return {
          ingestKey: parse(ProjectAnswer.pick({ data: true }), made).data.ingestKey,
          isNew: true,
        }
      }
      const { data } = parse(ProjectsAnswer.pick({ data: true }), await ask('/projects'))
      const found = data.find(({ slug }) => slug === PROJECT)
      if (found === undefined) throw new Error(`The project ${PROJECT} exists, but is not listed.`)
      return { ingestKey: found.ingestKey, isNew: false }
    },

    async readEarlierStory() {
      const search = `project=${PROJECT}&from=${EVER}`
      const deployments = parse(
        DeploymentsAnswer.pick({ data: true }),
        await ask(`/deployments?${search}&limit=1000`),
      ).data
      const services = parse(
        ServicesAnswer.pick({ data: true }),
        await ask(`/services?${search}`),
      ).data
      if (deployments.length === 0 || services.length === 0) return undefined
      return {
        beginMs: Math.min(...deployments.map(({ startedAt }) => Date.parse(startedAt))),
        lastSeenMs: Math.max(...services.map(({ lastSeen }) => Date.parse(lastSeen))),
      }
    },

    async recordDeployment(deployment) {
      const { status, body } = await ask(`/deployments?project=${PROJECT}`, deployment)
      if (status >= 300) throw refusal(status, body)
    },
  }
}

function parse<T>(shape: z.ZodType<T>, { status, body }: { status: number; body: unknown }): T {
  if (status >= 300) throw refusal(status, body)
  return shape.parse(body)
}

function refusal(status: number, body: unknown): Error {
  const { data: problem } = Problem.safeParse(body)
  const said = problem === undefined ? [] : [problem.title, problem.detail ?? []].flat()
  return new Error([`The collector answered ${status}`, ...said].join(': '))
}
