/**
 * Resolves when the process is asked to stop, to the signal or whatever else asked. Asked once more by the same signal, it dies at once.
 */
export function stopAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
    whenNpmEnds(() => resolve('the end of npm'))
  })
}

/** npm passes no signal on to what it has started, unless a terminal does. */
function whenNpmEnds(act: () => void): void {
  if (!process.env.npm_lifecycle_event) return
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    act()
  }, 1_000)
  timer.unref()
}
