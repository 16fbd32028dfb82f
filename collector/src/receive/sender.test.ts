import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import type { Control } from '../control/control.ts'
import { addressOf, isLoopback, senderOf } from './sender.ts'

const KEY = '0123456789abcdef0123456789abcdef'
const project = { number: 1, slug: 'default', name: 'Default', createdAt: '' }
const known = { outcome: 'known', keyId: 1, project } as const

type Asked = {
  remote?: string
  headers?: Record<string, string>
  query?: string
  open?: 'loopback' | 'never'
  loaded?: boolean
}

function ask({
  remote = '127.0.0.1',
  headers = {},
  query = '',
  open = 'loopback',
  loaded = true,
}: Asked) {
  const control = {
    findKey: (key: string) =>
      key === KEY ? known : { outcome: loaded ? 'unknown' : 'not_loaded' },
    keyless: () => ({ ...known, keyId: 0 }),
  } as unknown as Control // the part that is asked
  const req = { headers, socket: { remoteAddress: remote } } as unknown as IncomingMessage
  return senderOf(req, new URLSearchParams(query), {
    config: { openIngest: open, trustedProxies: [] },
    control,
  })
}

test.each<Asked>([
  { headers: { authorization: `Bearer ${KEY}` } },
  { headers: { authorization: `bearer  ${KEY} ` } },
  { headers: { 'x-aftermath-key': KEY } },
  { query: `key=${KEY}` },
])('finds the key in %o', (asked) => {
  expect(ask(asked).keyId).toBe(1)
})

test.each<Asked>([{}, { remote: '::1' }, { remote: '::ffff:127.0.0.1' }, { remote: '127.8.9.1' }])(
  'takes a sender of this machine without a key: %o',
  (asked) => {
    expect(ask(asked).keyId).toBe(0)
  },
)

test.each<[string, Asked]>([
  ['another machine', { remote: '192.168.1.7' }],
  ['a mapped address of another machine', { remote: '::ffff:10.0.0.1' }],
  ['a proxy on this machine', { headers: { 'x-forwarded-for': '127.0.0.1' } }],
  ['a proxy that says so in the standard way', { headers: { forwarded: 'for=127.0.0.1' } }],
  ['a web page', { headers: { origin: 'http://localhost:3000' } }],
  ['this machine where a key is always needed', { open: 'never' }],
  ['this machine with a wrong key', { headers: { authorization: 'Bearer wrong' } }],
])('refuses %s with 401', (_who, asked) => {
  expect(() => ask(asked)).toThrow(expect.objectContaining({ status: 401, reason: 'auth' }))
})

test('says 503, not 401, to a key while the keys are not loaded', () => {
  const asked = { headers: { authorization: 'Bearer not-yet-known' }, loaded: false }
  expect(() => ask(asked)).toThrow(expect.objectContaining({ status: 503 }))
})

test('believes a forwarded address of a trusted proxy alone', () => {
  const req = {
    headers: { 'x-forwarded-for': '10.9.9.9, 203.0.113.7' },
    socket: { remoteAddress: '10.0.0.1' },
  } as unknown as IncomingMessage // the part that is read
  expect(addressOf(req, ['10.0.0.1'])).toBe('203.0.113.7')
  expect(addressOf(req, [])).toBe('10.0.0.1')
})

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['127.0.0.1.evil.example', false],
  ['128.0.0.1', false],
  ['', false],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected)
})
