import { useMemo } from 'react'
import { pathOf, type SHOWN } from '../../../route/route.ts'
import type { SearchChanges } from '../../../route/use-route.ts'
import { actions } from '../../../words/action-words.ts'
import { attemptErrors, deliveryStates, keysOf } from '../../../words/delivery-words.ts'
import type { WebhookDeliveryFilter } from './filter.operations.ts'
import { beginningOf, isSpan, type Span } from './span.ts'
import { statusCodesOf } from './status-codes.ts'

/** What a reader wants to see of the log. All of it stands in the URL. */
export interface DeliveryView {
  /** Those to the bots of all applications. */
  readonly all: boolean
  readonly oldestFirst: boolean
  /** How far back it shows them, if that was chosen as a span. */
  readonly span: Span | undefined
  readonly filter: WebhookDeliveryFilter
}

/** The search parameters that filter. */
const parameters = [
  'state',
  'bot',
  'action',
  'error',
  'status',
  'chat',
  'event',
  'replayed',
  'ping',
  'since',
  'until',
] as const
export type Parameter = (typeof parameters)[number]

/** Values that mean nothing are left out: an old link still shows something. A span is counted back from when it is chosen, or its link is opened. */
export function useDeliveryView(search: URLSearchParams, mayReadAll: boolean): DeliveryView {
  const since = search.get('since')
  const createdSince = useMemo(() => (isSpan(since) ? beginningOf(since) : momentOf(since)), [since])
  return viewOf(search, mayReadAll, createdSince)
}

function viewOf(search: URLSearchParams, mayReadAll: boolean, createdSince: string | undefined): DeliveryView {
  const since = search.get('since')
  const among = <Key extends string>(parameter: Parameter, words: Readonly<Record<Key, unknown>>) =>
    keysOf(words).filter((key) => search.getAll(parameter).includes(key))
  const text = (parameter: Parameter) => search.get(parameter)?.trim() || undefined
  const yesOrNo = (parameter: Parameter) => {
    const value = search.get(parameter)
    return value === 'yes' ? true : value === 'no' ? false : undefined
  }
  const given: WebhookDeliveryFilter = {
    states: filled(among('state', deliveryStates)),
    botAgentIds: filled(search.getAll('bot').filter((id) => /^[0-9a-f]{32}$/.test(id))),
    actions: filled(among('action', actions)),
    errors: filled(among('error', attemptErrors)),
    statusCodes: filled(statusCodesOf(search.get('status') ?? '') ?? []),
    chatId: text('chat'),
    chatEventId: text('event'),
    replayed: yesOrNo('replayed'),
    ping: yesOrNo('ping'),
    createdSince,
    createdUntil: momentOf(search.get('until')),
  }
  return {
    all: mayReadAll && search.get('of') === 'all',
    oldestFirst: search.get('order') === 'oldest',
    span: isSpan(since) ? since : undefined,
    filter: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

function momentOf(text: string | null): string | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

function filled<Item>(items: Item[]): Item[] | undefined {
  return items.length > 0 ? items : undefined
}

export function isFiltered({ filter }: DeliveryView): boolean {
  return Object.keys(filter).length > 0
}

/** Lets everything pass. */
export const noFilters: SearchChanges = Object.fromEntries(parameters.map((parameter) => [parameter, undefined]))

/** The log with these filters. */
export function pathOfDeliveries(
  filters: Partial<Record<Parameter | 'of' | typeof SHOWN, string | readonly string[] | undefined>>,
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) {
    for (const item of value === undefined ? [] : [value].flat()) search.append(name, item)
  }
  const text = search.toString()
  return pathOf({ screen: 'deliveries' }) + (text && `?${text}`)
}
