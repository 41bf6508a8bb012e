import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a process of an audience can be told. It answers when it has done so, and ends with an error when it can't. */
export type AudienceOrder =
  | {
      readonly do: 'open'
      readonly count: number
      readonly atATime: number
      readonly url: string
      readonly authorizations: readonly string[]
      readonly documents: readonly string[]
    }
  /** Answer with the milliseconds from `since` to each arrival, when each reader has got so many more messages. */
  | { readonly do: 'receive'; readonly messages: number; readonly since: number }
  /** Answer with the text of the last message. */
  | { readonly do: 'quote' }
  /** Every so many subscribers, one stops reading for good, and is no reader any more. */
  | { readonly do: 'slow'; readonly oneIn: number }

/** Many subscribers that do nothing but count what they get, in processes of their own. */
export interface Audience extends AsyncDisposable {
  /** How many still read. */
  readers(): number
  /**
   * Resolves when each reader has got so many more messages.
   * @returns the milliseconds from `since` to each arrival @throws if that takes too long, or one gets another message, or is closed
   */
  receive(messages: number, since: number): Promise<number[]>
  /** @returns the last message, as it came */
  quote(): Promise<string>
  /** Lets one in so many stop reading. */
  slow(oneIn: number): Promise<void>
}

/** One process is quick enough for those, and leaves the other processors alone. */
const PER_PROCESS = 5_000
/** Subscribers that are opened at a time: all at once is another test. */
const AT_A_TIME = 100

/** @param options.authorizations and `documents`: each subscriber has the next ones, from the first again after the last */
export async function openAudience(options: {
  count: number
  url: string
  authorizations: readonly string[]
  documents: readonly string[]
}): Promise<Audience> {
  await using parts = new AsyncDisposableStack()
  const processes = Math.ceil(options.count / PER_PROCESS)
  const children = Array.from({ length: processes }, () => {
    const child = fork(join(import.meta.dirname, 'audience-process.ts'), { serialization: 'advanced' })
    const ended = once(child, 'exit')
    parts.defer(async () => {
      if (child.connected) child.disconnect()
      await ended
    })
    const failed = ended.then(([code]) => {
      throw new Error(`A process of subscribers ended with ${code}`)
    })
    failed.catch(() => {})
    return { child, failed }
  })
  const tell = async ({ child, failed }: (typeof children)[number], order: AudienceOrder) => {
    const answer = once(child, 'message')
    child.send(order)
    return (await Promise.race([answer, failed]))[0] as unknown
  }
  const counts = children.map((_, index) => shareOf(options.count, index, processes))
  const atATime = Math.ceil(AT_A_TIME / processes)
  const opening = children.map((child, index) =>
    tell(child, { do: 'open', ...options, count: counts[index] ?? 0, atATime }),
  )
  await Promise.all(opening)

  let readers = options.count
  const opened = parts.move()
  return {
    readers: () => readers,
    async receive(messages, since) {
      const waits = await Promise.all(children.map((child) => tell(child, { do: 'receive', messages, since })))
      return (waits as Float64Array[]).flatMap((some) => [...some])
    },
    async quote() {
      const [first] = children
      return first ? ((await tell(first, { do: 'quote' })) as string) : ''
    },
    async slow(oneIn) {
      await Promise.all(children.map((child) => tell(child, { do: 'slow', oneIn })))
      readers -= counts.reduce((sum, count) => sum + Math.floor(count / oneIn), 0)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function shareOf(count: number, index: number, parts: number): number {
  return Math.floor(((index + 1) * count) / parts) - Math.floor((index * count) / parts)
}
