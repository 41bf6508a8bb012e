import { setImmediate as turn } from 'node:timers/promises'

/** How long streams may keep the event loop to themselves, all together. */
const AT_MOST_MS = 10

let since = performance.now()

/**
 * Lets timers and other requests have their turn, if streams have been handing on entries for too long: where sockets take what
 * they are given at once, a burst would otherwise run to its end in one turn of the event loop.
 */
export async function yieldEventLoop(): Promise<void> {
  if (performance.now() - since < AT_MOST_MS) return
  await turn()
  since = performance.now()
}
