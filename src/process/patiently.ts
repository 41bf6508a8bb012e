import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds between the tries: some seconds in all, in which a database that was restarted is back. */
const PAUSES = [50, 100, 200, 400, ...Array<number>(7).fill(800)]

/**
 * Tries again when something fails for a reason that may pass.
 * @param options.while whether an error may pass
 * @param options.isOver whether nobody needs the result any more: then it is not tried again
 * @throws the last error
 */
export async function patiently<Result>(
  act: () => Promise<Result>,
  options: { while: (error: unknown) => boolean; isOver: () => boolean },
): Promise<Result> {
  for (const pause of PAUSES) {
    try {
      return await act()
    } catch (error) {
      if (!options.while(error) || options.isOver()) throw error
    }
    await delay(pause)
  }
  return act()
}
