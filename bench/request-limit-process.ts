import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { processorTime } from './processor-time.ts'
import type { LimitRow } from './request-limit-row.ts'
import { openPool } from './request-peers/open-pool.ts'
import { type LimitStatement, workloads } from './request-workloads.ts'

/**
 * The limit, in a process of its own: Node's own server, and one prepared statement a request. It knows neither tokens nor GraphQL.
 * Everything that the gateway does beyond that is what the benchmark measures.
 */
const [, , databaseUrl = '', form] = process.argv
const pool = openPool(databaseUrl)
// The driver would parse the JSON that is the answer.
pg.types.setTypeParser(pg.types.builtins.JSON, (json) => json)
const byDocument = new Map(workloads.map((workload) => [workload.document, workload]))

const server = createServer(async (request, response) => {
  if (request.url === '/metrics') return response.end(processorTime())
  const { query, variables } = JSON.parse(await text(request))
  const licenseId = Number(request.headers.authorization)
  const { key = '', limit } = byDocument.get(query) ?? {}
  const data = limit
    ? await dataOf(key, limit, [licenseId, JSON.stringify(variables)])
    : `{"viewer":{"clientId":"bench","licenseId":${licenseId}}}`
  const body = `{"data":${data}}`
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})

async function dataOf(name: string, statement: LimitStatement, values: unknown[]): Promise<string> {
  const inJson = form === 'in-json' ? statement.inJson : undefined
  const { rows } = await pool.query({ name, text: inJson ?? statement.text, values })
  if (statement.dataOf && !inJson) return JSON.stringify(statement.dataOf(rows as LimitRow[]))
  return (rows as { data: string }[])[0]?.data ?? 'null'
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
