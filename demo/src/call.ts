import http from 'node:http'

type Call = {
  agent: http.Agent
  method: string
  url: string
  headers?: Record<string, string>
}

/**
 * One HTTP request; resolves with the status once the answer has been read.
 *
 * @throws where the connection fails
 */
export function call({ agent, method, url, headers = {} }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent, headers }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', reject)
      response.resume()
    })
    request.on('error', reject)
    request.end()
  })
}
