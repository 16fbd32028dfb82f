import { expect, test } from 'vitest'
import { startFailure } from './start-failure.ts'

// As the engine wrote them.
const lines = {
  locked:
    'Code: 76. DB::Exception: Cannot lock file /data/store/status. Another server instance in same directory is already running. (CANNOT_OPEN_FILE)',
  port: 'Code: 210. DB::Exception: Listen [127.0.0.1]:18123 failed: Poco::Exception. Code: 1000, e.code() = 98, Net Exception: Address already in use: 127.0.0.1:18123 (version 26.7.2.1). (NETWORK_ERROR)',
  disk: 'Code: 76. DB::ErrnoException: Cannot open file /data/store/status: , errno: 28, strerror: No space left on device. (CANNOT_OPEN_FILE)',
  grant:
    "Code: 36. DB::Exception: Failed to parse grant query. Error: Syntax error: failed at position 23 (ON): ON *.*. Expected end of query: while parsing user 'default' in users configuration file: while loading configuration. (BAD_ARGUMENTS)",
}

const at = { port: 18123, dataDir: '/data', lockPid: 4711 }

test.each([
  { stderr: lines.locked, code: 'locked', says: /process 4711.*\/data/ },
  { stderr: lines.port, code: 'port_taken', says: /18123/ },
  { stderr: lines.disk, code: 'disk_full', says: /\/data is full/ },
  { stderr: lines.grant, code: 'bad_config', says: /Failed to parse grant query/ },
])('knows $code', ({ stderr, code, says }) => {
  const failure = startFailure({ stderr: `Logging to a file\n${stderr}\n`, ...at })
  expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
})

test.each([{ stderr: '' }, { stderr: 'Segmentation fault\n' }])(
  'says nothing of an engine that said nothing',
  ({ stderr }) => {
    expect(startFailure({ stderr, ...at })).toBeUndefined()
  },
)
