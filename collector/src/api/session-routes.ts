import {
  LoginRequest,
  LogoutAnswer,
  NewProject,
  ProjectAnswer,
  ProjectsAnswer,
  SessionAnswer,
  type Session,
} from '@aftermath/schemas/api/session'
import { ProjectSlug } from '@aftermath/schemas/api/common'
import { stringifySetCookie } from 'cookie'
import type { Response } from 'express'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Control, Project } from '../control/control.ts'
import type { Login } from '../control/logins.ts'
import { refuseForeignPage, SESSION_COOKIE, sessionSecretOf } from './authorise.ts'
import { Problem } from './problem.ts'
import { route, type Route } from './route.ts'

type Deps = { config: Config; control: Control }

export function sessionRoutes({ config, control }: Deps): Route[] {
  const session = (): Session => ({
    role: 'admin',
    version: config.version,
    projects: control.projects().map(({ slug, number, name }) => ({ slug, number, name })),
  })
  const described = (project: Project) => ({
    slug: project.slug,
    number: project.number,
    name: project.name,
    ingestKey: control.keyOf(project),
    createdAt: project.createdAt,
  })
  const attempts = loginAttempts()

  return [
    route({
      method: 'post',
      path: '/login',
      summary:
        'Log a browser in with an API token, or the one-time code of the link the start prints.',
      access: 'open',
      body: LoginRequest,
      answer: SessionAnswer,
      async handle({ body }, { req, res, nowMs }) {
        refuseForeignPage(req)
        const address = req.socket.remoteAddress ?? ''
        attempts.check(address, nowMs)
        const login =
          'token' in body
            ? await control.logins.redeemToken(body.token)
            : await control.logins.redeemCode(body.code)
        if (login === undefined) {
          attempts.countFailure(address, nowMs)
          throw new Problem(
            401,
            'token' in body
              ? 'The token is not known.'
              : 'The link was used already, or is older than an hour. Paste the admin token instead.',
          )
        }
        setCookie(res, login, isSecure(config))
        return { data: session() }
      },
    }),
    route({
      method: 'post',
      path: '/logout',
      summary: 'End the login of this browser.',
      access: 'open',
      answer: LogoutAnswer,
      async handle(_, { req, res }) {
        refuseForeignPage(req)
        const secret = sessionSecretOf(req)
        if (secret !== undefined) await control.logins.end(secret)
        setCookie(res, { secret: '', maxAgeMs: 0 }, isSecure(config))
        return { data: { ended: secret !== undefined } }
      },
    }),
    route({
      method: 'get',
      path: '/session',
      summary: 'Who is asking, and which projects there are.',
      access: 'admin',
      answer: SessionAnswer,
      handle: async () => ({ data: session() }),
    }),
    route({
      method: 'get',
      path: '/projects',
      summary: 'Every project with its ingest key.',
      access: 'admin',
      answer: ProjectsAnswer,
      handle: async () => ({ data: control.projects().map(described) }),
    }),
    route({
      method: 'post',
      path: '/projects',
      summary: 'Make a project: a database and an ingest key of its own.',
      access: 'admin',
      body: NewProject,
      answer: ProjectAnswer,
      status: 201,
      async handle({ body }) {
        const project = await control.createProject(body.slug, body.name ?? body.slug)
        if (project === undefined)
          throw new Problem(409, `There is a project ${body.slug} already.`)
        return { data: described(project) }
      },
    }),
    route({
      method: 'delete',
      path: '/projects/{slug}',
      summary: 'Delete a project with everything in it. Cannot be undone.',
      access: 'admin',
      params: z.object({ slug: ProjectSlug }),
      answer: z.object({ data: z.object({ deleted: z.string() }) }),
      async handle({ params }) {
        if (params.slug === 'default')
          throw new Problem(400, 'The project default cannot be deleted.')
        const deleted = await control.deleteProject(params.slug)
        if (!deleted) throw new Problem(404, `There is no project ${params.slug}.`)
        return { whole: { data: { deleted: params.slug } } }
      },
    }),
  ]
}

function isSecure(config: Config): boolean {
  return config.tls !== undefined || config.publicUrl?.protocol === 'https:'
}

function setCookie(res: Response, { secret, maxAgeMs }: Login, secure: boolean): void {
  res.append(
    'set-cookie',
    stringifySetCookie({
      name: SESSION_COOKIE,
      value: secret,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure,
      maxAge: Math.floor(maxAgeMs / 1000),
    }),
  )
}

const FAILURES_PER_MINUTE_MAX = 20
const ADDRESSES_MAX = 10_000

/** Guessing is slow from one address, and takes no memory from many. */
function loginAttempts() {
  const failures = new Map<string, { minute: number; count: number }>()
  const countOf = (address: string, minute: number) => {
    const known = failures.get(address)
    return known?.minute === minute ? known.count : 0
  }
  const minuteOf = (nowMs: number) => Math.floor(nowMs / 60_000)
  return {
    /** @throws Problem 429 */
    check(address: string, nowMs: number) {
      if (countOf(address, minuteOf(nowMs)) < FAILURES_PER_MINUTE_MAX) return
      throw new Problem(429, 'Too many failed logins from this address: wait a minute.', {
        headers: { 'retry-after': '60' },
      })
    },
    countFailure(address: string, nowMs: number) {
      const minute = minuteOf(nowMs)
      const count = countOf(address, minute) + 1
      if (failures.size >= ADDRESSES_MAX) failures.clear()
      failures.set(address, { minute, count })
    },
  }
}
