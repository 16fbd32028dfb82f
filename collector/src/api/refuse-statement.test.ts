import { expect, test } from 'vitest'
import { refusalOfStatement } from './refuse-statement.ts'

test.each([
  'SELECT count() FROM otel_traces',
  'select 1;',
  "WITH 'file(' AS x SELECT x, ';', 'SETTINGS' FROM otel_logs -- ; file(\n",
  'SELECT /* url( */ count(), profile FROM otel_traces',
  "SELECT Body FROM otel_logs WHERE Body LIKE '%it''s; here%'",
  'SELECT "SpanName" FROM otel_traces',
])('lets %j run', (query) => {
  expect(refusalOfStatement(query)).toBeUndefined()
})

test.each([
  ["INSERT INTO otel_traces VALUES ('x')", /Only SELECT/],
  ['DROP TABLE otel_traces', /Only SELECT/],
  ['', /Only SELECT/],
  ['SELECT 1; SELECT 2', /one statement/],
  ["SELECT file('/etc/passwd')", /file is not available/],
  ["SELECT FiLe\n('/etc/passwd')", /FiLe is not available/],
  ["SELECT /**/file/**/('/etc/passwd')", /file is not available/],
  ["SELECT `file`('/etc/passwd')", /file is not available/],
  ['SELECT "file"(\'/etc/passwd\')', /file is not available/],
  ["SELECT * FROM url('http://127.0.0.1/')", /url is not available/],
  ["SELECT dictGetString('a', 'b', 1)", /dictGetString is not available/],
  ['SELECT sleep(3)', /sleep is not available/],
  ['SELECT 1 SETTINGS readonly = 0', /SETTINGS is not available/],
  ['SELECT 1 FORMAT CSV', /FORMAT is not available/],
  ["SELECT 1 INTO OUTFILE '/tmp/x'", /INTO is not available/],
  ['SELECT * FROM `aftermath`.keys', /tables of aftermath/],
  ['SELECT * FROM system.users', /tables of system/],
  ['SELECT * FROM system /* */ . users', /tables of system/],
  ["SELECT 'open", /not closed/],
  ['SELECT 1 /* open', /not closed/],
  ['SELECT $$ open', /not closed/],
])('refuses %j', (query, sentence) => {
  expect(refusalOfStatement(query)).toMatch(sentence)
})
