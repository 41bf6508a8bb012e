import type { CreateBotAgentInput, WebhooksInput } from './bot-agent.operations.ts'
import type { ActionDraft, Draft, PropertyDraft, WebhooksDraft } from './draft.ts'
import { type FieldError, labelOf } from './field-error.ts'
import { idsOf, valuesOf } from './lines.ts'

/** All that a form has to say about a bot. */
type Input = Omit<CreateBotAgentInput, 'idempotencyKey'>

/** Keeps the value of a header that is stored. */
const MASK = '…'

/** @returns the draft as the API takes it, and what the API could not even read: where a number is none */
export function inputOf(draft: Draft): { input: Input; errors: readonly FieldError[] } {
  const errors: FieldError[] = []
  const number = (path: string, text: string): number => {
    const value = Number(text)
    const isWhole = /^\s*[+-]?\d+\s*$/.test(text) && value >= -(2 ** 31) && value < 2 ** 31
    if (isWhole) return value
    const rule = 'must be a whole number of at most ten digits.'
    errors.push({ path, message: `M${rule.slice(1)}`, whole: `${labelOf(path)} ${rule}` })
    return 0
  }
  const { webhooks, ...rest } = draft
  const input: Input = {
    ...rest,
    avatar: rest.avatar === '' ? null : rest.avatar,
    maxChatsCount: number('maxChatsCount', rest.maxChatsCount),
    groups: rest.groups.map(({ id, priority }, index) => ({ id: number(`groups.${index}.id`, id), priority })),
    webhooks: webhooks && webhooksInput(webhooks, number),
  }
  return { input, errors }
}

function webhooksInput(webhooks: WebhooksDraft, number: (path: string, text: string) => number): WebhooksInput {
  const { url, secretKey, order, maxPerSecond, headers, actions } = webhooks
  return {
    url,
    order,
    ...(secretKey !== '' && { secretKey }),
    maxPerSecond: maxPerSecond.trim() === '' ? null : number('webhooks.maxPerSecond', maxPerSecond),
    headers: headers.map(({ name, value, stored }) => ({ name, value: value === '' && stored ? MASK : value })),
    actions: actions.map(subscriptionOf),
  }
}

/** @returns an action as `previewWebhooks` and `WebhooksInput` take it */
export function subscriptionOf(action: ActionDraft): WebhooksInput['actions'][number] {
  const { name, additionalData, authorType, authorsExcluded, members, memberIds, onlyMyChats, properties } = action
  const excluded = idsOf(authorsExcluded)
  const filters = {
    ...(authorType !== 'ANY' && { authorType }),
    ...(excluded.length > 0 && { authorIds: { exclude: excluded } }),
    ...(members !== 'ANY' && { chatMemberIds: { [members]: idsOf(memberIds) } }),
    ...(onlyMyChats && { onlyMyChats }),
    ...(properties.length > 0 && { chatProperties: properties.map(propertyFilter) }),
  }
  return {
    name,
    ...(Object.keys(filters).length > 0 && { filters }),
    ...(additionalData.length > 0 && { additionalData: [...additionalData] }),
  }
}

function propertyFilter({ namespace, name, test, values }: PropertyDraft) {
  if (test === 'exists' || test === 'absent') return { namespace, name, exists: test === 'exists' }
  return { namespace, name, [test]: valuesOf(values) }
}
