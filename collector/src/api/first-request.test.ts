import { expect, test } from 'vitest'
import { firstRequestOf } from './first-request.ts'

test.each([
  ['/p/default', '/overview?project=default&from=-24h&to=now'],
  ['/p/demo/?env=staging&live=0', '/overview?project=demo&environment=staging&from=-24h&to=now'],
  ['/p/default/releases/shop/2.4.0', '/releases/shop/2.4.0?project=default'],
  [
    '/p/default/releases/shop/feature%2Fx@1?env=production&tab=latency&at=2026-11-24T10:00:00.000Z',
    '/releases/shop/feature%2Fx%401?project=default&environment=production&at=2026-11-24T10%3A00%3A00.000Z',
  ],
  [
    '/p/default/releases/shop/2.4.0?baseline=2.3.8',
    '/releases/shop/2.4.0?project=default&baseline=2.3.8',
  ],
  ['/p/default/releases', undefined],
  ['/p/default/traces', undefined],
  ['/p/default/releases/%E0%A4%A/1', undefined],
  ['/login', undefined],
  ['/', undefined],
])('the page %s begins with %s', (address, path) => {
  expect(firstRequestOf(address)).toBe(path)
})
