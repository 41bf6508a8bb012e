import type { Client } from 'graphql-ws'
import type { Result } from './client.ts'

/** A subscription, and what it was sent. */
export interface Watcher {
  /** The next `count` events, as soon as they are there. @throws if the stream ends before, or reports errors */
  take(count: number): Promise<Record<string, unknown>[]>
  /** What has come and was not taken. */
  pending(): readonly Record<string, unknown>[]
  /** Resolves when the stream ends; rejects with what ended it. */
  ended: Promise<void>
  stop(): void
}

/**
 * Subscribes; resolves when the gateway has the subscription. The protocol does not acknowledge one, but answers in order: what
 * is asked behind it is answered after it.
 */
export async function watch(client: Client, query: string, variables?: Record<string, unknown>): Promise<Watcher> {
  const events: Record<string, unknown>[] = []
  let look: (() => void) | undefined
  let over: unknown
  let stop = () => {}
  const ended = new Promise<void>((resolve, reject) => {
    stop = client.subscribe<Record<string, unknown>>(
      { query, ...(variables && { variables }) },
      {
        next({ data, errors }: Result) {
          if (errors) over = new Error(JSON.stringify(errors), { cause: errors })
          if (data) events.push(data)
          look?.()
        },
        error(error) {
          over = error
          look?.()
          reject(error)
        },
        complete() {
          over ??= new Error('The stream has ended.')
          look?.()
          resolve()
        },
      },
    )
  })
  ended.catch(() => {})
  for await (const _ of client.iterate({ query: '{ viewer { licenseId } }' }));

  return {
    async take(count) {
      while (events.length < count) {
        if (over) throw over
        await new Promise<void>((resolve) => {
          look = resolve
        })
      }
      return events.splice(0, count)
    },
    pending: () => events,
    ended,
    stop: () => stop(),
  }
}
