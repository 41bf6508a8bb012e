import type { FieldMap, InputFieldMap, InputShapeFromFields } from '@pothos/core'
import { type UserError, UserErrors } from '../contract/user-error.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import type { requires } from './permission.ts'
import { readCursor } from './read-cursor.ts'
import { UserErrorRef } from './user-error.schema.ts'

type Types = typeof builder.$inferSchemaTypes

/** What a mutation returns: its result, or the user errors that ended it. */
interface Payload<Result> {
  readonly result: Result | null
  readonly userErrors: readonly UserError[]
}

/** Describes a payload, apart from its `userErrors`. */
export interface PayloadOptions<Result> {
  readonly description: string
  readonly fields: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Payload<Result>>) => FieldMap
}

/**
 * Adds a mutation `doSomething` with its types `DoSomethingInput` and `DoSomethingPayload`.
 * @param options.run throws UserErrors for mistakes in the input: they become the payload's `userErrors`
 */
export function mutation<Fields extends InputFieldMap, Result, Input = InputShapeFromFields<Fields>>(
  name: string,
  {
    input: inputOptions,
    run,
    payload: { description, fields },
    ...options
  }: ReturnType<typeof requires> & {
    description: string
    input: {
      description: string
      fields: (t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>) => Fields
    }
    run: (input: Input, context: Context) => Promise<Result>
    payload: PayloadOptions<Result>
  },
): void {
  const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const input = builder.inputType(`${Name}Input`, inputOptions)
  const payload = builder.objectRef<Payload<Result>>(`${Name}Payload`).implement({
    description,
    fields: (t) => ({
      ...fields(t),
      cursor: t.string(readCursor('just before the first mutation of the document')),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'What is wrong with the input; empty on success.',
      }),
    }),
  })
  builder.mutationField(name, (t) =>
    t.field({
      ...options,
      type: payload,
      args: { input: t.arg({ type: input, required: true, description: `Parameters of \`${name}\`.` }) },
      // TypeScript cannot work out the arguments while `Fields` is open.
      resolve: (_root, args, context) => settle(() => run((args as { input: Input }).input, context)),
    }),
  )
}

async function settle<Result>(run: () => Promise<Result>): Promise<Payload<Result>> {
  try {
    return { result: await run(), userErrors: [] }
  } catch (error) {
    if (error instanceof UserErrors) return { result: null, userErrors: error.errors }
    throw error
  }
}
