import { Agent } from 'undici'

/** Posts bodies to the receivers in turn and reads each response to its end, over connections that are kept alive. */
export interface Poster {
  post(body: string): Promise<void>
  close(): Promise<void>
}

export function openPoster(urls: readonly string[]): Poster {
  const receivers = urls.map((url) => new URL(url))
  let posted = 0
  const agent = new Agent({ connections: 256 })
  const headers = { 'content-type': 'application/json' }
  return {
    async post(body) {
      const { origin = '', pathname: path = '' } = receivers[posted++ % receivers.length] ?? {}
      const { body: answer } = await agent.request({ origin, path, method: 'POST', headers, body })
      await answer.dump()
    },
    close: () => agent.close(),
  }
}
