import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { now } from './clock.ts'
import type { Arrival } from './receiver.ts'

/** See receiver.ts. */
let arrivals: Arrival[] = []

const answer: RequestListener = (request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(request.url === '/count' ? arrivals.length : arrivals))
    if (request.url === '/take') arrivals = []
    return
  }
  const cameAt = now()
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    const [, number, handedInAt] = /"text":"(\d+) ([\d.]+)/.exec(body) ?? []
    const id = String(request.headers['webhook-id'] ?? '')
    arrivals.push({ number: Number(number), handedInAt: Number(handedInAt), cameAt, id })
    response.end()
  })
}

const servers = Array.from({ length: Number(process.argv[2]) }, () => createServer(answer).listen(0, '127.0.0.1'))
await Promise.all(servers.map((server) => once(server, 'listening')))
process.send?.(servers.map((server) => (server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
