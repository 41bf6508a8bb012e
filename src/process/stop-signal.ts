/** Resolves when the process is asked to stop, with the name of the signal or `the end of npm`. A second signal of the same kind ends the process at once. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
    whenNpmEnds(() => resolve('the end of npm'))
  })
}

/** Calls `act` for every thrown error and every rejection that nothing has handled. */
export function onUnhandledError(act: (error: unknown) => void): void {
  process.on('uncaughtException', act)
  process.on('unhandledRejection', act)
}

/** npm does not pass signals on to the process that it has started; only a terminal sends them to both. */
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
