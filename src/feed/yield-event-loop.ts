import { setImmediate as turn } from 'node:timers/promises'

/** How long all streams together may keep the event loop to themselves. */
const AT_MOST_MS = 10

let since = performance.now()

/**
 * Lets timers and other requests run if streams have been passing on entries for too long. Otherwise, if sockets accept everything at
 * once, a burst would run to its end in one turn of the event loop.
 */
export async function yieldEventLoop(): Promise<void> {
  if (performance.now() - since < AT_MOST_MS) return
  await turn()
  since = performance.now()
}
