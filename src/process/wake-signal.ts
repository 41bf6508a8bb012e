/** Lets a loop wait until it is woken. A signal that is set while nobody waits ends the next wait at once. */
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

  /** Resolves when the signal is set, or after so many milliseconds. */
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
