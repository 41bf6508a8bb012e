import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Reconnect, Seen } from './subscriber.ts'

/** What a process with subscribers can be told. It answers when it has done so. */
export type Order =
  | {
      readonly do: 'open'
      readonly count: number
      readonly urls: readonly string[]
      readonly authorizations: readonly string[]
      /** Each changes its status once; what is seen has the index of its bot agent. */
      readonly botAgentIds: readonly string[]
    }
  /** Cut each connection every so often, at a time of its own, and come back within `awayMs`. */
  | { readonly do: 'jitter'; readonly everyMs: number; readonly awayMs: number }
  | { readonly do: 'calm' }
  /** Cut all connections at once, and come back at once. */
  | { readonly do: 'cut' }
  /** Answer when everybody has seen so many changes. */
  | { readonly do: 'await'; readonly changes: number; readonly limitMs: number }
  /** Close, and tell what was seen. */
  | { readonly do: 'report' }

export interface Report {
  /** Why connections and operations have ended, other than by a cut, and how often. */
  readonly ends: readonly (readonly [why: string, times: number])[]
  readonly subscribers: readonly { readonly seen: readonly Seen[]; readonly reconnects: readonly Reconnect[] }[]
}

/** Many clients, in two processes. */
export interface Subscribers extends Disposable {
  tell(order: Exclude<Order, { do: 'open' | 'report' }>): Promise<void>
  report(): Promise<Report>
}

const PROCESSES = 2

export async function openSubscribers(options: Omit<Extract<Order, { do: 'open' }>, 'do'>): Promise<Subscribers> {
  const children = Array.from({ length: PROCESSES }, () =>
    fork(join(import.meta.dirname, 'subscribers-process.ts'), { serialization: 'advanced' }),
  )
  const tellAll = (orderOf: (index: number) => Order) =>
    Promise.all(
      children.map(async (child, index) => {
        const answer = once(child, 'message')
        child.send(orderOf(index))
        return (await answer)[0] as unknown
      }),
    )
  const { count } = options
  await tellAll((index) => ({
    do: 'open',
    ...options,
    count: Math.floor(((index + 1) * count) / PROCESSES) - Math.floor((index * count) / PROCESSES),
  }))
  return {
    async tell(order) {
      await tellAll(() => order)
    },
    async report() {
      const reports = (await tellAll(() => ({ do: 'report' }))) as Report[]
      const ends = new Map<string, number>()
      for (const [why, times] of reports.flatMap((report) => report.ends)) ends.set(why, (ends.get(why) ?? 0) + times)
      return { ends: [...ends], subscribers: reports.flatMap(({ subscribers }) => subscribers) }
    },
    [Symbol.dispose]() {
      for (const child of children) if (child.connected) child.disconnect()
    },
  }
}
