import type { Priority, Status, WebhooksState } from '../../words/bot-agent-words.ts'
import { statuses, webhooksStates } from '../../words/bot-agent-words.ts'
import type { BoardBotFragment, BotAgentFilter, BotAgentOrder } from './board.operations.ts'

export type BoardBot = BoardBotFragment

/** What a reader has chosen to see, as it stands in the URL. */
export interface BoardView {
  readonly all: boolean
  readonly layout: 'groups' | 'list'
  readonly name: string
  readonly statuses: readonly Status[]
  readonly webhooks: readonly WebhooksState[]
  readonly group: number | undefined
  readonly order: BotAgentOrder
}

export const orders: readonly { value: BotAgentOrder; label: string }[] = [
  { value: 'NAME', label: 'Name, A to Z' },
  { value: 'UPDATED_LAST', label: 'Changed last' },
  { value: 'CREATED_LAST', label: 'Created last' },
  { value: 'CREATED_FIRST', label: 'Created first' },
]

/** A longer one, or one with a character that names can’t have, would be refused. */
const LONGEST_NAME = 255

export function viewOf(search: URLSearchParams, mayReadAll: boolean): BoardView {
  const group = search.get('group')
  return {
    all: mayReadAll && search.get('of') === 'all',
    layout: search.get('layout') === 'list' ? 'list' : 'groups',
    name: (search.get('name') ?? '').replaceAll('\0', '').slice(0, LONGEST_NAME).toWellFormed(),
    statuses: known(search.getAll('status'), statuses),
    webhooks: known(search.getAll('webhooks'), webhooksStates),
    group: group && /^\d{1,9}$/.test(group) ? Number(group) : undefined,
    order: orders.find(({ value }) => value === search.get('order'))?.value ?? 'NAME',
  }
}

function known<Key extends string>(values: readonly string[], of: Record<Key, unknown>): Key[] {
  return values.filter((value): value is Key => Object.hasOwn(of, value))
}

export function isFiltered({ name, statuses, webhooks, group }: BoardView): boolean {
  return name !== '' || statuses.length > 0 || webhooks.length > 0 || group !== undefined
}

export function filterOf({ name, statuses, webhooks, group }: BoardView): BotAgentFilter {
  return {
    ...(name && { nameStartsWith: name }),
    ...(statuses.length > 0 && { statuses: [...statuses] }),
    ...(webhooks.length > 0 && { webhooksStates: [...webhooks] }),
    ...(group !== undefined && { groupIds: [group] }),
  }
}

/** Whether a bot that has just been created belongs on this board, as the gateway would say. */
export function passes(bot: BoardBot, { name, statuses, webhooks, group }: BoardView): boolean {
  return (
    bot.name.toLowerCase().startsWith(name.toLowerCase()) &&
    (statuses.length === 0 || statuses.includes(bot.status)) &&
    (webhooks.length === 0 || (bot.webhooks !== null && webhooks.includes(bot.webhooks.state))) &&
    (group === undefined || bot.groups.some(({ id }) => id === group))
  )
}

/** A line of the board: the heading of a group, or a bot in it. */
export type Line =
  | { readonly kind: 'group'; readonly key: string; readonly group: number | undefined; readonly count: number }
  | { readonly kind: 'bot'; readonly key: string; readonly bot: BoardBot; readonly priority: Priority | undefined }

const rank: Readonly<Record<Priority, number>> = { FIRST: 0, NORMAL: 1, LAST: 2, SUPERVISOR: 3 }

/** The bots of each group by priority, and last those in no group. A bot stands in each of its groups. */
export function linesOf(bots: readonly BoardBot[], { layout, group: only }: BoardView): Line[] {
  if (layout === 'list') return bots.map((bot) => ({ kind: 'bot', key: bot.id, bot, priority: undefined }))
  const groups = new Map<number | undefined, { bot: BoardBot; priority: Priority }[]>()
  const add = (group: number | undefined, bot: BoardBot, priority: Priority) => {
    const members = groups.get(group)
    if (members) members.push({ bot, priority })
    else groups.set(group, [{ bot, priority }])
  }
  for (const bot of bots) {
    if (bot.groups.length === 0) add(undefined, bot, bot.defaultGroupPriority)
    for (const { id, priority } of bot.groups) if (only === undefined || id === only) add(id, bot, priority)
  }
  const inOrder = [...groups].sort(([a = Infinity], [b = Infinity]) => a - b)
  return inOrder.flatMap(([group, members]): Line[] => [
    { kind: 'group', key: `group ${group}`, group, count: members.length },
    ...members
      .sort((a, b) => rank[a.priority] - rank[b.priority])
      .map(({ bot, priority }): Line => ({ kind: 'bot', key: `${group} ${bot.id}`, bot, priority })),
  ])
}
