/** Lets a loop wait until it is woken. If the signal is set while nobody waits, the next wait ends at once. */
export class WakeSignal {
  #isSet = false
  #wake: (() => void) | undefined

  set(): void {
    this.#isSet = true
    this.#wake?.()
  }

  clear(): void {
    this.#isSet = false
  }

  /** Resolves when the signal is set, or when the milliseconds have passed. */
  async wait(milliseconds: number): Promise<void> {
    if (this.#isSet) return
    let timeout: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timeout = setTimeout(resolve, milliseconds)
    })
    this.#wake = undefined
    clearTimeout(timeout)
  }
}
