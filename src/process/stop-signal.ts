/** Resolves when the process is asked to stop, with what asked. A second signal of the same kind ends the process at once. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
    whenNpmEnds(() => resolve('the end of npm'))
  })
}

/** Calls `act` for every error that was thrown, or rejected with, and that nothing has handled. */
export function onUnhandledError(act: (error: unknown) => void): void {
  process.on('uncaughtException', act)
  process.on('unhandledRejection', act)
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
