import { z } from 'zod'
import { argument } from '../contract/argument.ts'
import { inOrder, text } from '../contract/validation.ts'
import { webhookActionNames } from '../webhooks/webhook-action.ts'

const optional = <Rule extends z.ZodType>(rule: Rule) => rule.nullish().transform((given) => given ?? undefined)

/** The form of the filter of a list, as GraphQL has it. */
const chatEventFilterRules = z
  .object({
    actions: optional(z.array(z.enum(webhookActionNames)).transform((actions) => [...new Set(actions)])),
    chatId: optional(text(1, 255)),
    matched: optional(z.boolean()),
    createdSince: optional(z.date()),
    createdUntil: optional(z.date()),
  })
  .superRefine(inOrder('createdSince', 'createdUntil'))

/** Which events a list shows: those that pass each test that is there. */
export type ChatEventFilter = z.output<typeof chatEventFilterRules>

/** @throws RequestError BAD_USER_INPUT for the first rule that the argument `filter` breaks */
export function chatEventFilter(given: object): ChatEventFilter {
  return argument('filter', chatEventFilterRules, given)
}
