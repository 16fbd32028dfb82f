export type Macros = Readonly<Record<string, (argument: string) => string>>

/**
 * What the statements beside say over and over, by name. An argument is a column or a lambda's
 * variable: it is repeated freely, so it must be cheap and free of parentheses.
 */
export const MACROS: Macros = {
  /** Nanoseconds since 1970. Beyond 2262 they wrap, as the exporter's do. */
  time: (nanoseconds) => `fromUnixTimestamp64Nano(reinterpretAsInt64(${nanoseconds}))`,

  traceId: (bytes) => hexId(bytes, 16),
  spanId: (bytes) => hexId(bytes, 8),

  text,

  /** Attributes by key, sorted, since `{a,b}` and `{b,a}` must be one series and one group. */
  map: (attributes) =>
    `mapSort(CAST(arrayMap(entry -> (entry.key, ${text('entry.value')}), ${lastByKey(attributes)}),
      'Map(LowCardinality(String), String)'))`,

  /** A value of a metric point or exemplar: integers and 'none recorded' are doubles too. */
  number: (point) =>
    `if(${point}.value = 'as_int', toFloat64(${point}.as_int), ${point}.as_double)`,
}

/** Replaces `$name(argument)`, also in what a macro gives. Unknown names are mistakes of ours. */
export function expand(sql: string, macros: Macros): string {
  return sql.replaceAll(/\$(\w+)\(([^()]*)\)/g, (call, name: string, argument: string) => {
    const macro = macros[name]
    if (macro === undefined) throw new Error(`No macro is called ${call}.`)
    return expand(macro(argument), macros)
  })
}

/** Lower-case hex; '' where absent, zero, or not of the length that the protocol wants. */
function hexId(bytes: string, length: number): string {
  const zero = `unhex('${'00'.repeat(length)}')`
  return `if(length(${bytes}) = ${length} AND ${bytes} != ${zero}, lower(hex(${bytes})), '')`
}

/** An AnyValue as text. Doubles as JavaScript prints them; ClickHouse prints 1e21, nan, inf, -0. */
function text(value: string): string {
  return `multiIf(
    ${value}.value = 'string_value', ${value}.string_value,
    ${value}.value = 'int_value', toString(${value}.int_value),
    ${value}.value = 'bool_value', toString(${value}.bool_value),
    ${value}.value = 'double_value', transform(
      replaceRegexpOne(toString(${value}.double_value), 'e([0-9])', 'e+\\\\1'),
      ['nan', '-nan', 'inf', '-inf', '-0'], ['NaN', 'NaN', 'Infinity', '-Infinity', '0']),
    ${value}.value = 'bytes_value', base64Encode(${value}.bytes_value),
    '')`
}

/** Of a repeated key the last entry. Linear in the entries, for whoever sends a thousand of them. */
function lastByKey(attributes: string): string {
  return `if(arrayUniq(${attributes}.key) = length(${attributes}), ${attributes}, arrayFilter(
    (_, nth) -> nth = 1, arrayReverse(${attributes}), arrayEnumerateUniq(arrayReverse(${attributes}.key))))`
}
