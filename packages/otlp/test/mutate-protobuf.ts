import {
  isMessage,
  REQUEST_MESSAGE,
  SCHEMA,
  type MessageName,
  type SignalKind,
} from '../src/schema.ts'
import { putVarint, varintSize, WireReader } from '../src/varint.ts'

/** Chooses: an integer below `count`. */
export type Choose = (count: number) => number

/** A field of a message: what its value holds, if it is a message itself, else its bytes. */
interface Node {
  number: number
  wire: number
  children: Node[] | undefined
  content: Uint8Array
}

export type Tree = { message: MessageName; nodes: Node[] }

/** @param bytes a valid request */
export function parseTree(kind: SignalKind, bytes: Uint8Array): Node[] {
  return nodesOf(REQUEST_MESSAGE[kind], new WireReader(bytes, 0, bytes.length))
}

function nodesOf(message: MessageName, reader: WireReader): Node[] {
  const nodes: Node[] = []
  while (reader.at < reader.end) {
    const tag = reader.small()
    const value = reader.value(tag % 8)
    const field = SCHEMA[message].find(({ number }) => number === tag >>> 3)
    const isInner = field !== undefined && isMessage(field.type) && tag % 8 === 2
    nodes.push({
      number: tag >>> 3,
      wire: tag % 8,
      content: Buffer.from(value.bytes()),
      children: isInner ? nodesOf(field.type as MessageName, value) : undefined, // `isMessage`
    })
  }
  return nodes
}

/** The bytes of a tree. Lengths are right, unless a node is told to lie. */
export function encodeTree(nodes: readonly Node[]): Buffer {
  return Buffer.concat(nodes.flatMap((node) => encodeNode(node)))
}

function encodeNode({ number, wire, children, content }: Node): Uint8Array[] {
  const body = children === undefined ? content : encodeTree(children)
  const tag = (number * 8 + wire) >>> 0
  if (wire !== 2) return [small(tag), body]
  return [small(tag), small(body.length), body]
}

function small(value: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(value))
  putVarint(bytes, 0, value)
  return bytes
}

/** A copy with some of its fields changed, lost, doubled, moved or made up. */
export function mutateTree(nodes: readonly Node[], choose: Choose): Node[] {
  const copy = structuredCloneOf(nodes)
  const times = 1 + choose(3)
  for (let time = 0; time < times; time++) {
    const list = randomList(copy, choose)
    MUTATIONS[choose(MUTATIONS.length)]!(list, choose) // below its length
  }
  return copy
}

function structuredCloneOf(nodes: readonly Node[]): Node[] {
  return nodes.map((node) => ({
    ...node,
    children: node.children && structuredCloneOf(node.children),
  }))
}

/** The fields of some message in the tree. */
function randomList(nodes: Node[], choose: Choose): Node[] {
  let list = nodes
  for (let depth = choose(9); depth > 0; depth--) {
    const inner = list.filter(({ children }) => children !== undefined && children.length > 0)
    const next = inner[choose(inner.length)]?.children
    if (next === undefined) break
    list = next
  }
  return list
}

type Mutation = (list: Node[], choose: Choose) => void

const pick = (list: readonly Node[], choose: Choose) => list[choose(list.length)]

const MUTATIONS: readonly Mutation[] = [
  // Lost, doubled, moved.
  (list, choose) => void list.splice(choose(list.length), 1),
  (list, choose) => {
    const node = pick(list, choose)
    if (node !== undefined) list.splice(choose(list.length + 1), 0, ...structuredCloneOf([node]))
  },
  (list, choose) => {
    const [node] = list.splice(choose(list.length), 1)
    if (node !== undefined) list.splice(choose(list.length + 1), 0, node)
  },
  // Many of one.
  (list, choose) => {
    const node = pick(list, choose)
    if (node === undefined || encodeTree([node]).length > 1000) return
    for (let i = choose(choose(150) + 1); i > 0; i--) list.push(node)
  },
  // Another number or wire type for the same value.
  (list, choose) => {
    const node = pick(list, choose)
    if (node !== undefined) node.number = 1 + choose(20)
  },
  (list, choose) => {
    const node = pick(list, choose)
    if (node === undefined) return
    if (node.children !== undefined) node.content = encodeTree(node.children)
    node.children = undefined
    node.wire = choose(8)
  },
  // Another value.
  (list, choose) => {
    const node = pick(list, choose)
    if (node === undefined) return
    node.children = undefined
    node.content = valueOf(node.wire, choose)
  },
  (list, choose) => {
    const node = pick(list, choose)
    if (node !== undefined && node.children === undefined) flip(node, choose)
  },
  // A field that nobody asked for, known or not.
  (list, choose) => {
    const wire = [0, 1, 2, 5][choose(4)]!
    const number = choose(4) === 0 ? 1 + choose(2 ** 29 - 1) : 1 + choose(20)
    const node = { number, wire, children: undefined, content: valueOf(wire, choose) }
    list.splice(choose(list.length + 1), 0, node)
  },
  // A value of a value of a value.
  (list, choose) => {
    const node = pick(list, choose)
    if (node === undefined) return
    let inner: Node = { ...node }
    for (let depth = choose(80); depth > 0; depth--) {
      inner = { number: 1, wire: 2, content: inner.content, children: [inner] }
      inner = { number: 5 + choose(2), wire: 2, content: inner.content, children: [inner] }
    }
    list.push(inner)
  },
  // All fields the other way round.
  (list) => void list.splice(0, list.length, ...list.toReversed()),
]

const VARINTS = [
  [0],
  [1],
  [2],
  [0x7f],
  [0x80, 0],
  [0x80, 0x80, 0x80, 0],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
] as const

const TEXTS = ['', 'a', 'service.name', 'ü🎉', '\u0000', '__proto__', 'x'.repeat(300)].map((text) =>
  Buffer.from(text),
)
const LONG_TEXT = Buffer.from('€'.repeat(30_000))

function valueOf(wire: number, choose: Choose): Uint8Array {
  if (wire === 0) return Uint8Array.from(VARINTS[choose(VARINTS.length)]!) // below its length
  if (wire === 1) return fixed(8, choose)
  if (wire === 5) return fixed(4, choose)
  if (choose(100) === 0) return LONG_TEXT
  const texts = [
    ...TEXTS,
    Buffer.alloc(16, choose(3)),
    Buffer.alloc(8, choose(3)),
    Buffer.of(0xc3, 0x28),
  ]
  return texts[choose(texts.length)]!
}

const EDGES = [0, 0xff, 0x7f, 0x80, 1]

function fixed(size: number, choose: Choose): Uint8Array {
  const bytes = new Uint8Array(size).fill(EDGES[choose(EDGES.length)]!)
  if (choose(2) === 1) bytes[size - 1] = choose(256)
  return bytes
}

function flip(node: Node, choose: Choose): void {
  const content = Uint8Array.from(node.content)
  if (content.length === 0) return
  const at = choose(content.length)
  content[at] = content[at]! ^ (1 << choose(8))
  node.content = content
}
