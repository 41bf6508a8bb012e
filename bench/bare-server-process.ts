import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import pg from 'pg'
import { insertOfAnEvent } from './insert-of-an-event.ts'

/**
 * The upper bound of the intake: a server that parses the body and runs one prepared insert of the rows that the gateway inserts. It
 * checks nothing.
 */
const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: 20 })
const client = await pool.connect()
const { text, values } = await insertOfAnEvent(client)
client.release()

interface Body {
  variables: { input: { data: object } }
}

const server = createServer(async (request, response) => {
  const { variables } = (await json(request)) as Body
  await pool.query({ name: 'insert', text, values: values(JSON.stringify(variables.input.data)) })
  response.setHeader('content-type', 'application/json')
  response.end('{"data":{"publishChatEvent":{"matched":1,"userErrors":[]}}}')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.((server.address() as AddressInfo).port)
process.once('disconnect', () => process.exit())
