import { connect } from 'node:net'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { z } from 'zod'
import { RequestFacts } from '../workload/facts.ts'
import { poolFiles, readFrames, unpackPatches } from '../workload/pool-files.ts'
import { LoadPlan } from './load-plan.ts'
import { sendLoad, type Ready } from './send-load.ts'

// A process of its own, so that what it costs is known and is not taken for the product's.
const plan = LoadPlan.parse(JSON.parse(process.argv[2] ?? ''))
const requests = await readRequests(plan)
if (plan.loop === 'open') comeFirst()
const idle = await openIdle(plan)
const report = await sendLoad(plan, requests)
for (const socket of idle) socket.destroy()
process.stdout.write(JSON.stringify(report))

async function readRequests({ dir, isPatched }: LoadPlan): Promise<Ready[]> {
  const files = poolFiles(dir)
  const { requests: facts } = z
    .object({ requests: z.array(RequestFacts) })
    .parse(JSON.parse(await readFile(files.manifest, 'utf8')))
  const wire = await readFrames(files.wire)
  const patches = isPatched ? await readFrames(files.patches) : []
  return wire.map((bytes, index) => ({
    kind: facts[index]!.kind, // the manifest lists every request
    items: facts[index]!.items,
    bytes,
    patches: isPatched ? unpackPatches(patches[index]!) : undefined,
  }))
}

async function openIdle({ url, idleConnections }: LoadPlan) {
  const { hostname, port } = new URL(url)
  const sockets = []
  for (let nth = 0; nth < idleConnections; nth++) {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.on('error', () => {}) // the other side may close what does nothing
    // One request each: a connection that never sent any would soon be closed.
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
    await once(socket, 'data')
    socket.resume()
    sockets.push(socket)
  }
  return sockets
}

/** As if it ran elsewhere: what is due must not wait for the cores that it puts to work. */
function comeFirst(): void {
  try {
    setPriority(-10)
  } catch {
    // Only root may; the load then says by how much it was late.
  }
}
