/**
 * Why a statement may not run, in a sentence; undefined when it may.
 *
 * The engine enforces that nothing is written (`readonly`) and that other databases are closed (the
 * user's grants). What it would let through is stopped here: reading files of the machine, several
 * statements, and settings or formats that change the answer's form.
 */
export function refusalOfStatement(query: string): string | undefined {
  const tokens = tokensOf(query)
  if (tokens === undefined) return 'A quote or a comment is not closed.'
  while (tokens.at(-1) === ';') tokens.pop()
  if (tokens.includes(';')) return 'Send one statement.'
  const first = tokens[0]?.toLowerCase()
  if (first !== 'select' && first !== 'with')
    return 'Only SELECT is taken here; nothing can be changed.'
  for (const [place, token] of tokens.entries()) {
    const word = token.toLowerCase()
    if (tokens[place + 1] === '(' && isForbiddenFunction(word)) {
      return `The function ${token} is not available here.`
    }
    if (
      word === 'format' ||
      word === 'settings' ||
      (word === 'into' && tokens[place + 1]?.toLowerCase() === 'outfile')
    ) {
      return `${token.toUpperCase()} is not available here: the answer is always JSON, the limits are fixed.`
    }
    if (CLOSED_DATABASES.has(word) && tokens[place + 1] === '.') {
      return `The tables of ${word} are not available here.`
    }
  }
  return undefined
}

/** What is about the machine, the server or other projects' keys. */
const CLOSED_DATABASES = new Set(['system', 'information_schema', 'aftermath', 'default'])

const FORBIDDEN = new Set([
  'file',
  'url',
  's3',
  'gcs',
  'hdfs',
  'remote',
  'remotesecure',
  'cluster',
  'clusterallreplicas',
  'mysql',
  'postgresql',
  'mongodb',
  'redis',
  'sqlite',
  'odbc',
  'jdbc',
  'executable',
  'input',
  'merge',
  'loop',
  'view',
  'catboostevaluate',
  'getserversetting',
  'getserverport',
  'hostname',
  'fqdn',
  'sleep',
  'sleepeachrow',
  'python',
  'azureblobstorage',
  'deltalake',
  'iceberg',
  'hudi',
  'fuzzquery',
  'dictionary',
  'showcertificate',
])
const FORBIDDEN_PREFIXES = [
  'dictget',
  'dicthas',
  'filesystem',
  'urlcluster',
  's3cluster',
  'filecluster',
  'iceberg',
  'deltalake',
  'azure',
  'view',
]

function isForbiddenFunction(word: string): boolean {
  return FORBIDDEN.has(word) || FORBIDDEN_PREFIXES.some((prefix) => word.startsWith(prefix))
}

const SPACE = /^(?:\s|--|#[ !]|\/\*.)/s
// The last three before a word stand for what does not end: the search stops at the first of them,
// so the time grows with the length alone.
const TOKEN =
  /\s+|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'|(["`])((?:(?!\1)[^\\]|\\[\s\S])*)\1|\$(\w*)\$[\s\S]*?\$\3\$|\/\*|['"`]|\$\w*\$|[\p{L}_][\p{L}\p{N}_$]*|[\s\S]/gu
const UNENDED = /^(?:\/\*|['"`]|\$\w*\$)$/

/** Words and single characters outside of strings and comments; undefined when one does not end. */
function tokensOf(query: string): string[] | undefined {
  const tokens: string[] = []
  for (const [text, quote, quoted] of query.matchAll(TOKEN)) {
    if (UNENDED.test(text)) return undefined
    const isString = text.length > 1 && (text.startsWith("'") || text.startsWith('$'))
    if (SPACE.test(text) || isString) continue
    tokens.push(quote === undefined ? text : (quoted ?? ''))
  }
  return tokens
}
