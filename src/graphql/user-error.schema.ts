import type { UserError, UserErrorCode, UserErrorReason } from '../contract/user-error.ts'
import { builder } from './builder.ts'

const UserErrorCodeRef = builder.enumType('UserErrorCode', {
  description: 'The kind of a mistake in the input of a mutation.',
  values: {
    VALIDATION: { description: 'A value is not valid: fix it.' },
    NOT_FOUND: { description: 'There is no such object, or you may not use it.' },
    LIMIT_REACHED: {
      description: 'The limit is reached: remove something first, or wait until the time in the message.',
    },
    CONFLICT: { description: 'The current state does not allow the change.' },
  } satisfies Record<UserErrorCode, object>,
})

const UserErrorReasonRef = builder.enumType('UserErrorReason', {
  description: 'The rule that a value breaks, for forms that say it in the language of their user.',
  values: {
    REQUIRED: { description: 'The value is missing, or null.' },
    TOO_SHORT: { description: 'The text has fewer than `min` characters.' },
    TOO_LONG: { description: 'The text has more than `maxLength` characters.' },
    OUT_OF_RANGE: { description: 'The number is not from `min` to `max`.' },
    TOO_FEW: { description: 'The list has fewer than `min` items.' },
    TOO_MANY: { description: 'The list has more than `max` items, or the application already has `max` of these.' },
    DUPLICATE: { description: 'The item is in the list twice.' },
    NOT_ALLOWED: { description: 'The value, or the field itself, is none of `allowed`.' },
    NOT_EXACTLY_ONE: { description: 'Not exactly one of the fields in `allowed` is set.' },
    TOO_LARGE: { description: 'The value has more than `max` bytes as JSON, or is nested too deeply.' },
    BLOCKED_ADDRESS: { description: 'The URL does not lead to a public address.' },
    OUTDATED: { description: 'The object was updated since `expectedUpdatedAt`: the payload has it as it is now.' },
    IDEMPOTENCY_KEY_REUSED: { description: 'The idempotency key was used before with another input.' },
    REMOVED: { description: 'What was created with the idempotency key has been removed since.' },
    OTHER_ITEM_FAILED: { description: 'Another item of an atomic batch has errors, so this one was not changed.' },
    NOT_TRIED: { description: 'The batch ended before this item was tried: send it again.' },
  } satisfies Record<UserErrorReason, object>,
})

export const UserErrorRef = builder.objectRef<UserError>('UserError').implement({
  description: 'A mistake in the `input` that the caller can fix. If there are any mistakes, nothing was changed.',
  fields: (t) => ({
    code: t.expose('code', { type: UserErrorCodeRef, description: 'The kind of mistake.' }),
    field: t.expose('field', {
      type: ['String'],
      nullable: true,
      description: 'The path inside `input`, such as `["groups", "0", "id"]`; null if no single field is at fault.',
    }),
    message: t.exposeString('message', {
      description: 'What is wrong. Names the field, the limit and the value given.',
    }),
    reason: t.field({
      type: UserErrorReasonRef,
      nullable: true,
      description: 'The rule that the value breaks; null if `code` and `message` say all there is.',
      resolve: ({ rule }) => rule?.reason,
    }),
    min: t.int({
      nullable: true,
      description: 'The least number, length or count.',
      resolve: ({ rule }) => rule?.min,
    }),
    max: t.int({
      nullable: true,
      description: 'The greatest number or count.',
      resolve: ({ rule }) => rule?.max,
    }),
    maxLength: t.int({
      nullable: true,
      description: 'The greatest length of a text, in characters (Unicode code points).',
      resolve: ({ rule }) => rule?.maxLength,
    }),
    allowed: t.stringList({
      nullable: true,
      description: 'The values that are allowed.',
      resolve: ({ rule }) => rule?.allowed && [...rule.allowed],
    }),
  }),
})
