import type { Client } from 'graphql-ws'
import type { Subscribe } from './follow.ts'

const NORMAL_CLOSURE = 1000

/**
 * The client's `subscribe`, whose operations fail when the server closes the socket with 1000. graphql-ws itself would send them again, at once
 * and any number of times, mutations too.
 * @param closing aborted when the client itself closes the socket
 */
export function failingAtNormalClosure(client: Client, closing: AbortSignal): Subscribe {
  const send = client.subscribe as Subscribe
  /** How to fail each operation, and the socket that it does not go over because that was closing already. */
  const active = new Map<(closed: unknown) => void, WebSocket | undefined>()
  let socket: WebSocket | undefined

  client.on('opened', (opened) => {
    socket = opened as WebSocket
  })
  client.on('closed', (closed) => {
    if ((closed as CloseEvent).code !== NORMAL_CLOSURE || closing.aborted) return
    for (const [fail, avoided] of [...active]) if (avoided !== socket) fail(closed)
  })

  return (operation, sink) => {
    let failed = false
    const fail = (closed: unknown) => {
      failed = true
      leave()
      sink.error(closed)
    }
    const end = (report: () => void) => {
      active.delete(fail)
      if (!failed) report()
    }
    active.set(fail, socket?.readyState === socket?.CLOSING ? socket : undefined)
    const unsubscribe = send(operation, {
      next: (result) => sink.next(result),
      error: (error) => end(() => sink.error(error)),
      complete: () => end(() => sink.complete()),
    })
    const leave = () => {
      active.delete(fail)
      unsubscribe()
    }
    return leave
  }
}
