import type { UserError, UserErrorCode } from '../contract/user-error.ts'
import { builder } from './builder.ts'

const UserErrorCodeRef = builder.enumType('UserErrorCode', {
  description: 'The kind of a mistake in the input of a mutation.',
  values: {
    VALIDATION: { description: 'A value is not valid: fix it.' },
    NOT_FOUND: { description: 'There is no such object, or you may not use it.' },
    LIMIT_REACHED: { description: 'The limit is reached: remove something first.' },
    CONFLICT: { description: 'The current state does not allow the change.' },
  } satisfies Record<UserErrorCode, object>,
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
  }),
})
