/** The longest delay that setTimeout takes, in milliseconds: 24.8 days. */
const LONGEST = 2 ** 31 - 1

/**
 * Calls `act` at `time`, or at once if that has passed.
 * @returns a function that cancels it
 */
export function timeoutAt(time: Date, act: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = () => {
    const left = time.getTime() - Date.now()
    timer = left > LONGEST ? setTimeout(arm, LONGEST) : setTimeout(act, left)
  }
  arm()
  return () => clearTimeout(timer)
}
