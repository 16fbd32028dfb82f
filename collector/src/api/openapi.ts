import { Problem } from '@aftermath/schemas/api/common'
import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi'
import { route, type Route } from './route.ts'

/** The route that describes all routes, itself included. */
export function openApiRoute(routes: readonly Route[], version: string): Route {
  let document: unknown
  const self = route({
    method: 'get',
    path: '/openapi.json',
    summary: 'This document.',
    access: 'open',
    answer: z.record(z.string(), z.unknown()),
    async handle() {
      document ??= openApiDocument([...routes, self], version)
      return { whole: document as Record<string, unknown> } // an OpenAPI document is an object
    },
  })
  return self
}

/** OpenAPI 3.1, made from the schemas that the router checks with. */
function openApiDocument(routes: readonly Route[], version: string) {
  const paths: ZodOpenApiPathsObject = {}
  for (const one of routes) {
    paths[one.path] = { ...paths[one.path], [one.method]: operationOf(one) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Aftermath',
      version,
      description: 'What each release did to the people who use it, and what to do next.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'aftermath_session' },
      },
    },
    security: [{ token: [] }, { cookie: [] }],
    paths,
  })
}

function operationOf(one: Route): ZodOpenApiOperationObject {
  const problem = {
    description: 'A problem (RFC 9457)',
    content: { 'application/problem+json': { schema: Problem } },
  }
  const answer =
    one.answer === undefined
      ? {
          description: 'Server-sent events',
          content: { 'text/event-stream': { schema: z.string() } },
        }
      : { description: 'Success', content: { 'application/json': { schema: one.answer } } }
  return {
    summary: one.summary,
    operationId: `${one.method}${one.path.replaceAll(/[{}]/g, '').replaceAll(/[/.](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    ...(one.access === 'open' ? { security: [] } : {}),
    requestParams: {
      ...(one.params === undefined ? {} : { path: one.params }),
      ...(one.query === undefined ? {} : { query: one.query }),
    },
    ...(one.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: one.body } } } }),
    responses: {
      [String(one.status ?? 200)]: answer,
      '400': problem,
      ...(one.access === 'open' ? {} : { '401': problem }),
    },
  }
}
