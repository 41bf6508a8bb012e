import { z } from 'zod'
import { integer, LARGEST_INT, list, oneOf, text } from '../contract/validation.ts'
import { BotAgentStatus, DefaultGroupPriority } from '../database/client/client.ts'
import { sizeOf } from '../graphql/loaded.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import { type Webhooks, webhooksRules } from '../webhooks/webhooks.ts'

export const groupPriorities = ['FIRST', 'NORMAL', 'LAST'] as const

/** Specification: Bot Agent. */
export interface BotAgent {
  /** 32 lower-case hex characters. */
  readonly id: string
  readonly licenseId: number
  /** The application that owns it. */
  readonly clientId: string
  readonly name: string
  readonly avatar: string | null
  readonly status: BotAgentStatus
  readonly maxChatsCount: number
  readonly defaultGroupPriority: DefaultGroupPriority
  /** In the order given. */
  readonly groups: readonly GroupMembership[]
  readonly webhooks: Webhooks | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The fields that an update may change, besides `updatedAt`. */
export const botAgentFields = [
  'name',
  'avatar',
  'status',
  'maxChatsCount',
  'defaultGroupPriority',
  'groups',
  'webhooks',
] as const
export type BotAgentField = (typeof botAgentFields)[number]

export type GroupMembership = z.output<typeof groupMembership>

const MOST_GROUPS = 100

const groupMembership = z.object({ id: integer(0, LARGEST_INT), priority: oneOf(groupPriorities) })
const groups = list(groupMembership, { least: 0, most: MOST_GROUPS, key: ({ id }) => id })
const name = text(1, 255)
const avatar = text(1, 2_048)
const maxChatsCount = integer(1, 500)
const status = oneOf(BotAgentStatus)
const defaultGroupPriority = oneOf(DefaultGroupPriority)
// Null may be a slip of a form that wants to be safe.
const expectedUpdatedAt = z.date({ error: 'must not be null: omit it to update whatever others have changed' })

/**
 * The rules for input. On create, null means omitted. On update, omitted fields keep their values, and null removes the avatar or the
 * webhooks. Specification: Create Bot Agent, Update Bot Agent.
 */
export function botAgentRules(allowed: AllowedNetworks) {
  const webhooks = webhooksRules(allowed)
  return {
    create: z.object({
      name,
      avatar: avatar.nullish().transform((given) => given ?? null),
      status,
      maxChatsCount: maxChatsCount.nullish().transform((given) => given ?? 6),
      defaultGroupPriority: defaultGroupPriority.nullish().transform((given) => given ?? DefaultGroupPriority.NORMAL),
      groups: groups.nullish().transform((given) => given ?? []),
      webhooks: webhooks.create.nullish().transform((given) => given ?? null),
      idempotencyKey: text(1, 255).nullish(),
    }),
    update: z.object({
      name: name.optional(),
      avatar: avatar.nullish(),
      status: status.optional(),
      maxChatsCount: maxChatsCount.optional(),
      defaultGroupPriority: defaultGroupPriority.optional(),
      groups: groups.optional(),
      webhooks: webhooks.update.nullish(),
      expectedUpdatedAt: expectedUpdatedAt.optional(),
    }),
  }
}

type Rules = ReturnType<typeof botAgentRules>
export type CreateBotAgent = Omit<z.output<Rules['create']>, 'idempotencyKey'>
export type UpdateBotAgent = z.output<Rules['update']>
/** What an update sets, besides its time. */
export type UpdatedColumns = Omit<UpdateBotAgent, 'expectedUpdatedAt'>

/** @returns a status as the specification names it, such as `not accepting chats` */
export function wireStatus(status: BotAgentStatus): string {
  return status.toLowerCase().replaceAll('_', ' ')
}

/** About how many bytes a bot agent takes. Only its webhooks may be large. */
export function botAgentSize({ name, avatar, groups, webhooks }: BotAgent): number {
  const settings = 300 + name.length + (avatar?.length ?? 0) + 32 * groups.length
  return webhooks ? settings + 300 + webhooks.url.length + webhooks.headersSize + sizeOf(webhooks.actions) : settings
}
