import { isMessage, REQUEST_MESSAGE, SCHEMA, type MessageName, type SignalKind } from './schema.ts'
import { TABLE_OF_HOLDER, type TelemetryTable } from './tables.ts'
import { WireReader } from './varint.ts'

/**
 * Visits every item of checked bytes with the table that its row goes to. For the rare paths.
 *
 * @param bytes as `checkRequest` gave them
 */
export function forEachItem(
  kind: SignalKind,
  bytes: Uint8Array,
  visit: (table: TelemetryTable, item: WireReader) => void,
): void {
  visitIn(REQUEST_MESSAGE[kind], new WireReader(bytes, 0, bytes.length), visit)
}

// Goes down the fields that lead to items: at most four levels.
function visitIn(
  message: MessageName,
  reader: WireReader,
  visit: (table: TelemetryTable, item: WireReader) => void,
): void {
  const table = tableOf(message)
  const path = PATHS[message]
  while (reader.at < reader.end) {
    const tag = reader.small()
    const child = path?.get(tag)
    if (child === undefined) reader.skip(tag % 8)
    else if (table === undefined) visitIn(child, reader.content(), visit)
    else visit(table, reader.content())
  }
}

function tableOf(message: MessageName): TelemetryTable | undefined {
  return (TABLE_OF_HOLDER as Partial<Record<MessageName, TelemetryTable>>)[message]
}

const ON_THE_WAY =
  /^(resource_(spans|logs|metrics)|scope_(spans|logs|metrics)|spans|log_records|metrics|gauge|sum|histogram|exponential_histogram|summary|data_points)$/

/** Tags, by message, of the fields on the way to items, and the message there. */
const PATHS: Partial<Record<MessageName, ReadonlyMap<number, MessageName>>> = Object.fromEntries(
  Object.entries(SCHEMA).map(([message, fields]) => [
    message,
    new Map(
      fields
        .filter(({ name }) => ON_THE_WAY.test(name))
        .flatMap(({ number, type }) => (isMessage(type) ? [[number * 8 + 2, type] as const] : [])),
    ),
  ]),
)
