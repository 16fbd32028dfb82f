import { z } from 'zod'
import { ProjectSlug, answerOf } from './common.ts'

/** POST /api/v1/login: an API token, or the one-time code of the link that the start prints. */
export const LoginRequest = z.union([
  z.strictObject({ token: z.string().min(1).max(200) }),
  z.strictObject({ code: z.string().min(1).max(200) }),
])

/** GET /api/v1/session, and the answer of a login. 401 without one. */
export const Session = z.object({
  role: z.enum(['admin']),
  version: z.string(),
  projects: z.array(z.object({ slug: z.string(), number: z.number().int(), name: z.string() })),
})
export type Session = z.output<typeof Session>
export const SessionAnswer = answerOf(Session)

/** POST /api/v1/logout. `ended` is false where nobody was logged in. */
export const LogoutAnswer = answerOf(z.object({ ended: z.boolean() }))

/** POST /api/v1/projects */
export const NewProject = z.strictObject({
  slug: ProjectSlug,
  name: z.string().min(1).max(100).optional(),
})
export const Project = z.object({
  slug: z.string(),
  number: z.number().int(),
  name: z.string(),
  /** May write and nothing else; admins can read it again. */
  ingestKey: z.string(),
  createdAt: z.string(),
})
export type Project = z.output<typeof Project>
export const ProjectAnswer = answerOf(Project)
export const ProjectsAnswer = answerOf(z.array(Project))
