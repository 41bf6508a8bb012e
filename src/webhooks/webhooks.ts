import { z } from 'zod'
import { isDeeperThan } from '../contract/json-depth.ts'
import { broken, type Issue } from '../contract/user-error.ts'
import { integer, isStorable, list, oneOf, text } from '../contract/validation.ts'
import { WebhookOrder, type WebhooksState } from '../database/client/client.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import { wrongSecretKey } from './signing-key.ts'
import { type Header, headersRules } from './static-headers.ts'
import {
  additionalData,
  type FilterName,
  participantTypes,
  webhookActionNames,
  webhookActions,
} from './webhook-action.ts'
import { wrongWebhookUrl } from './webhook-url.ts'

const MOST_FILTERED = 100
const MOST_VALUES = 100

const LONGEST_VALUE = 1_024

/** Webhooks that one bot agent may ask for in a second. */
const FASTEST = 1_000

/** Bytes of JSON of the webhooks of one bot agent. Each event is matched against those of all its listeners. */
const MOST_BYTES = 32 * 1_024
const DEEPEST = 16

const propertyValue = z.unknown().superRefine((value, { addIssue }) => {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    // JSON parsing may have rounded it, and it would match no property.
    const range = `from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`
    addIssue({ code: 'custom', message: `must be ${range} if it is a whole number` })
    return
  }
  const fits =
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && value.length <= LONGEST_VALUE && isStorable(value))
  if (fits) return
  addIssue({
    code: 'custom',
    message: `must be a boolean, a number or a string of at most ${LONGEST_VALUE} characters`,
  })
}) as z.ZodType<string | number | boolean>
const propertyValues = list(propertyValue, { least: 1, most: MOST_VALUES })

const chatPropertyFilter = z
  .object({
    namespace: text(1, 255),
    name: text(1, 255),
    exists: z.boolean().nullish(),
    values: propertyValues.nullish(),
    excludeValues: propertyValues.nullish(),
  })
  .superRefine((filter, { addIssue }) => {
    exactlyOne(filter, ['exists', 'values', 'excludeValues'], addIssue)
  })

const participantIds = list(text(1, 255), { least: 1, most: MOST_FILTERED })

const chatMemberFilter = z
  .object({ agentsAny: participantIds.nullish(), agentsExclude: participantIds.nullish() })
  .superRefine((filter, { addIssue }) => {
    exactlyOne(filter, ['agentsAny', 'agentsExclude'], addIssue)
  })

const authorFilter = z.object({
  exclude: list(text(1, 255), { least: 1, most: MOST_FILTERED, key: (id) => id }),
})

const filters = z.object({
  chatProperties: list(chatPropertyFilter, {
    least: 0,
    most: MOST_FILTERED,
    key: ({ namespace, name }) => `${namespace}.${name}`,
  }).nullish(),
  chatMemberIds: chatMemberFilter.nullish(),
  authorType: oneOf(participantTypes).nullish(),
  authorIds: authorFilter.nullish(),
  onlyMyChats: z.boolean().nullish(),
})

const subscription = z
  .object({
    name: oneOf(webhookActionNames),
    filters: filters.nullish(),
    additionalData: list(oneOf(additionalData), { least: 0, most: MOST_VALUES })
      .nullish()
      .transform((names) => [...new Set(names)]),
  })
  .superRefine(({ name, filters, additionalData }, { addIssue }) => {
    const offered = webhookActions[name]
    for (const [filter, value] of Object.entries(filters ?? {})) {
      if (value === null || value === undefined || offered.filters.some((known) => known === (filter as FilterName)))
        continue
      const message = `is not a filter of ${name}; its filters are ${offered.filters.join(', ')}`
      const rule = { reason: 'NOT_ALLOWED', allowed: offered.filters } as const
      addIssue({ ...broken(message, rule), path: ['filters', filter] })
    }
    for (const requested of additionalData) {
      if (offered.additionalData.some((known) => known === requested)) continue
      const names = offered.additionalData.join(', ') || 'none'
      const message = `contains ${requested}, which ${name} does not offer; it offers ${names}`
      const rule = { reason: 'NOT_ALLOWED', allowed: offered.additionalData } as const
      addIssue({ ...broken(message, rule), path: ['additionalData'] })
    }
  })

const subscriptions = list(subscription, { least: 1, most: webhookActionNames.length, key: ({ name }) => name })
const input = z.custom<object>((given) => typeof given === 'object').superRefine(size)

/** The rules for the actions alone. */
export const webhookActionsRules = input.pipe(z.object({ actions: subscriptions }))

/**
 * The rules for the webhooks of a bot agent. On update, a secret key and headers that are omitted or null stay as they are. Specification:
 * Create Bot Agent, Webhook actions, Filters.
 */
export function webhooksRules(allowed: AllowedNetworks) {
  const url = text(1, 500).superRefine((value, { addIssue }) => {
    const wrong = wrongWebhookUrl(value, allowed)
    if (wrong) addIssue(wrong)
  })
  const secretKey = text(1, 255).superRefine((value, { addIssue }) => {
    const wrong = wrongSecretKey(value)
    if (wrong) addIssue({ code: 'custom', message: wrong })
  })
  const webhooks = z.object({
    url,
    secretKey: z.string({ error: 'is required' }).pipe(secretKey),
    actions: subscriptions,
    order: oneOf(WebhookOrder)
      .nullish()
      .transform((given) => given ?? WebhookOrder.NONE),
    headers: headersRules.nullish().transform((given) => given ?? undefined),
    maxPerSecond: integer(1, FASTEST)
      .nullish()
      .transform((given) => given ?? undefined),
  })
  return {
    create: input.pipe(webhooks),
    update: input.pipe(webhooks.extend({ secretKey: secretKey.nullish().transform((given) => given ?? undefined) })),
  }
}

/** Checked first: an input that is too large is not checked any further. */
function size(given: object, { addIssue }: { addIssue: (issue: Issue) => void }): void {
  if (isDeeperThan(DEEPEST, given)) {
    addIssue(broken(`must not be nested more than ${DEEPEST} levels deep`, { reason: 'TOO_LARGE' }))
    return
  }
  const bytes = Buffer.byteLength(JSON.stringify(given))
  if (bytes <= MOST_BYTES) return
  const message = `must be at most 32 KiB (${MOST_BYTES} bytes) of JSON; it has ${bytes}`
  addIssue(broken(message, { reason: 'TOO_LARGE', max: MOST_BYTES }))
}

function exactlyOne<Name extends string>(
  given: Partial<Record<Name, unknown>>,
  names: readonly Name[],
  addIssue: (issue: Issue) => void,
): void {
  const used = names.filter((name) => given[name] !== null && given[name] !== undefined)
  if (used.length === 1) return
  const found = used.length === 0 ? 'none of them' : used.join(' and ')
  const message = `must have exactly one of ${names.join(', ')}; it has ${found}`
  addIssue(broken(message, { reason: 'NOT_EXACTLY_ONE', allowed: names }))
}

export type WebhookSubscription = z.output<typeof subscription>
export type WebhookFilters = z.output<typeof filters>

/** Where the webhooks of a bot agent are sent, and what triggers them. */
export interface Webhooks {
  readonly url: string
  /** The bot agent that they belong to. */
  readonly botAgent: { readonly id: string; readonly licenseId: number; readonly clientId: string }
  /** Decrypts the secret. Record first who reads it. */
  readonly secretKey: () => string
  readonly state: WebhooksState
  readonly actions: readonly WebhookSubscription[]
  readonly order: WebhookOrder
  /** Decrypts the headers that the owner has added. */
  readonly headers: () => readonly Header[]
  /** Bytes of these headers. */
  readonly headersSize: number
  /** Null: no limit. */
  readonly maxPerSecond: number | null
}
