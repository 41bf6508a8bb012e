import { setImmediate as turn } from 'node:timers/promises'

/** How long all streams together may keep the event loop to themselves. */
const AT_MOST_MS = 10

let since = performance.now()
let next: Promise<void> | undefined

/**
 * Lets timers and other requests run if streams have been passing on entries for too long. Otherwise, if sockets accept everything at
 * once, a burst would run to its end in one turn of the event loop.
 */
export async function yieldEventLoop(): Promise<void> {
  // All who wait go on in the same turn, until they have had it for too long again.
  while (performance.now() - since >= AT_MOST_MS) {
    next ??= turn().then(() => {
      since = performance.now()
      next = undefined
    })
    await next
  }
}
