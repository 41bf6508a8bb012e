import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Contender, Task } from './contender.ts'
import { type PeerName, peers } from './peers.ts'

/** What the process of a peer is told: which one it is and what to do, or to do the next step. */
export type PeerMessage = { readonly peer: PeerName; readonly task: Task } | 'fill' | 'send'

/** Each peer runs in a process of its own, as the gateway does. */
export const peerContenders: readonly Contender[] = (Object.keys(peers) as PeerName[]).map((peer) => ({
  name: peer,
  async open(task) {
    const child = fork(join(import.meta.dirname, 'peer-process.ts'))
    const ended = once(child, 'exit')
    await tell(child, { peer, task })
    return {
      fill: () => tell(child, 'fill'),
      send: () => tell(child, 'send'),
      async close() {
        child.disconnect()
        await ended
      },
    }
  },
}))

/** Resolves when the step is done. @throws if the process ends instead */
async function tell(child: ChildProcess, message: PeerMessage): Promise<void> {
  const done = once(child, 'message')
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The process of a contender ended with ${code}`)
  })
  child.send(message)
  await Promise.race([done, ended])
  ended.catch(() => {})
}
