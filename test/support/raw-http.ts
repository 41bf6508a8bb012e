import { once } from 'node:events'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface RawAnswer {
  status: number
  headers: Map<string, string>
  body: string
}

/** Sends any bytes, and reads the answer until the gateway closes the connection. */
export async function sendRaw(url: string, request: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(request)
  const answer = (await buffer(socket)).toString()
  const [head = '', body = ''] = answer.split(/\r\n\r\n([\s\S]*)/)
  const [line = '', ...fields] = head.split('\r\n')
  const headers = new Map(
    fields.map((field) => {
      const [name = '', value = ''] = field.split(/:\s*([\s\S]*)/)
      return [name.toLowerCase(), value]
    }),
  )
  return { status: Number(line.split(' ')[1]), headers, body }
}
