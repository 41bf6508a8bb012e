import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** The calls of another license during an attack, in a separate thread that the attacker does not slow down. */
const { url, token } = workerData as { url: string; token: string }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const body = JSON.stringify({ query: '{ botAgents(first: 10) { totalCount nodes { id name status } } }' })
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': body.length }

function call(): Promise<{ ms: number; refused: string | null }> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const done = (refused: string | null) => resolve({ ms: performance.now() - begun, refused })
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => {
        const fine = response.statusCode === 200 && !text.includes('"errors"')
        done(fine ? null : `${response.statusCode} ${text.slice(0, 200)}`)
      })
    })
    sent.on('error', (error) => done(String(error)))
    sent.end(body)
  })
}

for (;;) {
  parentPort?.postMessage(await call())
  await new Promise((resolve) => setTimeout(resolve, 5))
}
