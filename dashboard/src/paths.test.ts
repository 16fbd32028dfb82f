import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { apiPath } from './paths.ts'

test.each([
  ['feature/x', '/api/v1/releases/shop/feature%2Fx?project=default'],
  ['shop@2.4.0+7', '/api/v1/releases/shop/shop%402.4.0%2B7?project=default'],
  ['../../admin', '/api/v1/releases/shop/..%2F..%2Fadmin?project=default'],
  ['a?b#c', '/api/v1/releases/shop/a%3Fb%23c?project=default'],
])('keeps the version %s one segment', (version, path) => {
  expect(apiPath.release({ service: 'shop', version, project: 'default' })).toBe(path)
})

test('gives any names back as they were', () => {
  const name = fc.string({ minLength: 3, unit: 'grapheme' })
  fc.assert(
    fc.property(name, name, (service, version) => {
      const { pathname } = new URL(
        apiPath.release({ service, version, project: 'default' }),
        'http://host',
      )
      const segments = pathname.split('/').slice(4).map(decodeURIComponent)
      expect(segments).toEqual([service, version])
    }),
  )
})
