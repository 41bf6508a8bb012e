/** Why the process ends: it was asked to stop, or there was an error that nothing handled. */
export type StopReason = { readonly signal: string } | { readonly error: unknown }

/** Resolves with the first reason to stop. */
export function stopReason(): Promise<StopReason> {
  return new Promise((resolve) => {
    stopSignal().then((signal) => resolve({ signal }))
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => resolve({ error }))
    }
  })
}

/** Resolves when the process is asked to stop, with the name of the signal. A second signal of the same kind ends the process at once. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
    whenNpmEnds(() => resolve('the end of npm'))
  })
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
