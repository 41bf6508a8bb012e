import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** The calls of another license during an attack, in a separate thread that the attacker does not slow down. */
const { url, token, pid } = workerData as { url: string; token: string; pid: number }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const body = JSON.stringify({ query: '{ botAgents(first: 10) { totalCount nodes { id name status } } }' })
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': body.length }

/**
 * Milliseconds that the gateway's main thread has waited for a processor. The attacker takes them because it runs on the same machine, so
 * they are not the gateway's: proc(5), schedstat.
 */
function waited(): number {
  const [, nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

function call(): Promise<{ ms: number; refused: string | null }> {
  const begun = performance.now() - waited()
  return new Promise((resolve) => {
    const done = (refused: string | null) => resolve({ ms: performance.now() - waited() - begun, refused })
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
