import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Receiver } from '../receive/receive.ts'
import { closePort, createPort, listen } from './port.ts'

type Deps = {
  config: Config
  metrics: Pick<Metrics, 'openSockets'>
  receiver: Receiver
  handleHealth: (req: IncomingMessage, res: ServerResponse) => boolean
}

/** The port for senders: ingest alone, so that it can be opened to the world without the rest. */
export async function listenIngest({ config, receiver, metrics, handleHealth }: Deps) {
  const server = await createPort({ config, metrics, name: 'ingest' }, (req, res) => {
    if (receiver.handle(req, res) || handleHealth(req, res)) return
    receiver.handleUnknown(req, res)
  })
  const url = await listen(server, config, config.ingestPort, 'AFTERMATH_INGEST_PORT')
  return {
    url,
    async [Symbol.asyncDispose]() {
      receiver.close()
      await closePort(server)
    },
  }
}
