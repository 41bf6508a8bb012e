/** setTimeout can hold no longer delay: 24.8 days. */
const LONGEST = 2 ** 31 - 1

/** Calls `act` at `time`, or at once if that has passed. Answers a function that calls it off. */
export function at(time: Date, act: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = () => {
    const left = time.getTime() - Date.now()
    timer = left > LONGEST ? setTimeout(arm, LONGEST) : setTimeout(act, left)
  }
  arm()
  return () => clearTimeout(timer)
}
