import type { UserError, UserErrorCode } from '../contract/user-error.ts'
import { builder } from './builder.ts'

export const UserErrorCodeRef = builder.enumType('UserErrorCode', {
  description: 'What kind of mistake it was.',
  values: {
    VALIDATION: { description: 'A value breaks a rule: mend it.' },
    NOT_FOUND: { description: 'There is no such thing, or it is not yours.' },
    LIMIT_REACHED: { description: 'There are as many as may be: remove one first.' },
    CONFLICT: { description: 'What is there now does not allow it.' },
  } satisfies Record<UserErrorCode, object>,
})

export const UserErrorRef = builder.objectRef<UserError>('UserError').implement({
  description: 'Something in the `input` that the caller can mend. Where there is one, nothing was changed.',
  fields: (t) => ({
    code: t.expose('code', { type: UserErrorCodeRef, description: 'What kind of mistake it was.' }),
    field: t.expose('field', {
      type: ['String'],
      nullable: true,
      description: 'The path inside `input`, list indexes as numbers; null where it is not one field’s fault.',
    }),
    message: t.exposeString('message', {
      description: 'A sentence that names the field, the limit and what was given.',
    }),
  }),
})
