import { Agent } from 'undici'
import type { Task } from './contender.ts'

/** Posts bodies to the receivers in turn and reads each response to its end, over connections that are kept alive. */
export interface Poster {
  post(body: string): Promise<void>
  close(): Promise<void>
}

export function openPoster({ urls, concurrency }: Pick<Task, 'urls' | 'concurrency'>): Poster {
  const receivers = urls.map((url) => new URL(url))
  let posted = 0
  const agent = new Agent({ connections: concurrency })
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
