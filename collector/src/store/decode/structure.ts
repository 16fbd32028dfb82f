/** Members the `.proto` texts beside use, and what ClickHouse reads them into. */
const SCALARS: Record<string, string> = {
  string: 'String',
  bytes: 'String',
  bool: 'Bool',
  double: 'Float64',
  int32: 'Int32',
  sint32: 'Int32',
  uint32: 'UInt32',
  fixed32: 'UInt32',
  int64: 'Int64',
  uint64: 'UInt64',
  fixed64: 'UInt64',
  sfixed64: 'Int64',
}

interface Field {
  name: string
  type: string
  repeated: boolean
  number: number
}

interface Message {
  fields: Field[]
  oneofs: Map<string, Field[]>
}

/**
 * The ClickHouse structure of a message, so that the `.proto` text is the one place that names the
 * fields. A oneof becomes an `Enum8` column of its name, which says what member was on the wire:
 * so '', 0 and false differ from nothing.
 *
 * @param proto messages as the files beside write them: one member a line, none nested
 * @param without fields left out, as `Message.field`: they are skipped on the wire and cost nothing
 */
export function structureOf(
  proto: string,
  message: string,
  without: ReadonlySet<string> = new Set(),
): string {
  const messages = messagesOf(proto)
  const columns = (name: string): string[] => {
    const { fields, oneofs } = messages.get(name) ?? missing(name)
    return [
      ...fields
        .filter((field) => !without.has(`${name}.${field.name}`))
        .map((field) => `${field.name} ${field.repeated ? `Array(${type(field)})` : type(field)}`),
      ...[...oneofs].map(([oneof, members]) => `${oneof} ${enumOf(members)}`),
    ]
  }
  const type = (field: Field) => SCALARS[field.type] ?? `Tuple(${columns(field.type).join(', ')})`
  return columns(message).join(', ')
}

function enumOf(members: Field[]): string {
  return `Enum8('none' = 0, ${members.map(({ name, number }) => `'${name}' = ${number}`).join(', ')})`
}

const LINE =
  /message (?<message>\w+)|oneof (?<oneof>\w+)|(?<repeated>repeated )?(?<type>\w+) (?<name>\w+) = (?<number>\d+);|(?<end>\})/

function messagesOf(proto: string): Map<string, Message> {
  const messages = new Map<string, Message>()
  let message: Message | undefined
  let oneof: Field[] | undefined
  for (const line of proto.split('\n')) {
    const found = line.startsWith('//') ? undefined : LINE.exec(line)?.groups
    if (found === undefined) continue
    if (found['message'] !== undefined) {
      message = { fields: [], oneofs: new Map() }
      messages.set(found['message'], message)
    } else if (found['oneof'] !== undefined) {
      oneof = []
      message?.oneofs.set(found['oneof'], oneof)
    } else if (found['end'] !== undefined) {
      if (oneof === undefined) message = undefined
      oneof = undefined
    } else {
      const { name = '', type = '', repeated, number } = found
      const field = { name, type, repeated: repeated !== undefined, number: Number(number) }
      message?.fields.push(field)
      oneof?.push(field)
    }
  }
  return messages
}

function missing(name: string): never {
  throw new Error(`The .proto text lacks the message ${name}.`)
}
