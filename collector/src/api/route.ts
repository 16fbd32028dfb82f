import type { ClickHouseClient } from '@clickhouse/client'
import type { Meta } from '@aftermath/schemas/api/common'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { Project } from '../control/control.ts'

/** What every handler may use of the request it answers. */
export interface RequestContext {
  project: Project
  /** The project's own database. */
  client: ClickHouseClient
  nowMs: number
  /** Aborts when the caller hangs up. */
  signal: AbortSignal
  req: Request
  res: Response
}

/** `open` needs no login. Nobody but admins exists yet, so everything else is theirs. */
export type Access = 'open' | 'admin'

/**
 * One route of `/api/v1`: what it takes, who may, what it answers. The OpenAPI document, the checks
 * and the router are all made from it.
 */
export interface Route {
  method: 'get' | 'post' | 'put' | 'delete'
  /** Below `/api/v1`, with `{name}` for path parameters. */
  path: string
  summary: string
  access: Access
  /** Where else the token may be, for callers that cannot send a header. */
  tokenOf?: (body: unknown) => string | undefined
  /** What it is given up as, when there is too much to do. */
  sheddable?: 'sql' | 'live'
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  /** The whole answer, as it goes over the wire. Undefined where the route streams. */
  answer?: z.ZodType
  status?: number
  handle: (
    input: { params: unknown; query: unknown; body: unknown },
    context: RequestContext,
  ) => Promise<Outcome>
}

/**
 * `data` is wrapped with `meta`; `whole` goes out as it is; `sent`: the handler wrote it itself.
 */
export type Outcome = { data: unknown; meta?: Partial<Meta> } | { whole: unknown } | { sent: true }

type Typed<P, Q, B, A> = {
  method: Route['method']
  path: string
  summary: string
  access: Access
  tokenOf?: Route['tokenOf']
  sheddable?: Route['sheddable']
  params?: P
  query?: Q
  body?: B
  answer?: A
  status?: number
  handle: (
    input: {
      params: P extends z.ZodType ? z.output<P> : undefined
      query: Q extends z.ZodType ? z.output<Q> : undefined
      body: B extends z.ZodType ? z.output<B> : undefined
    },
    context: RequestContext,
  ) => Promise<
    | (A extends z.ZodType<{ data: infer D; meta: Meta }>
        ? { data: D; meta?: Partial<Meta> }
        : never)
    | { whole: A extends z.ZodType ? z.output<A> : never }
    | { sent: true }
  >
}

/** Declares a route: the handler's input and answer have the types of its schemas. */
export function route<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  A extends z.ZodType | undefined = undefined,
>(definition: Typed<P, Q, B, A>): Route {
  return definition as unknown as Route // the router parses with the same schemas that typed the handler
}
