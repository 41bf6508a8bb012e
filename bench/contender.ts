/** What a contender has to do: so many webhooks, in turn to each of the URLs. */
export interface Task {
  readonly databaseUrl: string
  readonly urls: readonly string[]
  readonly count: number
  /** Webhooks being sent at a time. */
  readonly concurrency: number
}

/** Something that sends a backlog of webhooks. */
export interface Contender {
  readonly name: string
  /** Starts it in a process of its own, with an empty backlog. */
  open(task: Task): Promise<Opened>
}

interface Opened {
  /** Makes the backlog. */
  fill(): Promise<void>
  /**
   * Sends it. Resolves when everything is recorded.
   * @param arrived resolves when the receiver has everything
   */
  send(arrived: Promise<void>): Promise<void>
  /** Ends the process and its sessions. */
  close(): Promise<void>
}
