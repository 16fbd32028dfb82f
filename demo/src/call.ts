import http from 'node:http'
import { LASTED_HEADER } from './journey-baggage.ts'

type Call = {
  agent: http.Agent
  method: string
  url: string
  headers?: Record<string, string>
}

/** What came back; `lastedMs` is 0 in the present. A connection that fails is a 503. */
export type Answer = { status: number; lastedMs: number }

/** One HTTP request; resolves once the answer has been read. */
export function call({ agent, method, url, headers = {} }: Call): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = () => resolve({ status: 503, lastedMs: 0 })
    const request = http.request(url, { method, agent, headers }, (response) => {
      const lastedMs = Number(response.headers[LASTED_HEADER] ?? 0)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, lastedMs }))
      response.on('error', fail)
      response.resume()
    })
    request.on('error', fail)
    request.end()
  })
}
