import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { workloads } from './request-workloads.ts'

/**
 * The limit, in a process of its own: Node's own server, and one prepared statement a request that returns the whole answer. It knows
 * neither tokens nor GraphQL. Everything that the gateway does beyond that is what the benchmark measures.
 */
const pool = new pg.Pool({ connectionString: process.argv[2], max: 20 })
// The driver would parse the JSON.
pg.types.setTypeParser(pg.types.builtins.JSON, (json) => json)

const server = createServer(async (request, response) => {
  if (request.url === '/metrics') {
    const { user, system } = process.cpuUsage()
    return response.end(`process_cpu_seconds_total ${(user + system) / 1_000_000}\n`)
  }
  const { query, variables } = JSON.parse(await text(request))
  const workload = workloads.find(({ document }) => document === query)
  const licenseId = Number(request.headers.authorization)
  const data = workload?.statement
    ? (
        await pool.query<{ data: string }>({
          name: workload.name,
          text: workload.statement,
          values: [licenseId, JSON.stringify(variables)],
        })
      ).rows[0]?.data
    : `{"viewer":{"clientId":"bench","licenseId":${licenseId}}}`
  const body = `{"data":${data}}`
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
