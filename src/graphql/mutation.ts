import { type FieldMap, type InputFieldMap, type InputShapeFromFields, initContextCache } from '@pothos/core'
import { Outdated, type UserError, UserErrors } from '../contract/user-error.ts'
import { builder, QueryRef } from './builder.ts'
import type { Context } from './context.ts'
import type { requires } from './permission.ts'
import { readCursor } from './read-cursor.ts'
import { UserErrorRef } from './user-error.schema.ts'

type Types = typeof builder.$inferSchemaTypes

/** What a mutation returns: its result, or the user errors that ended it. */
export interface Payload<Result> {
  readonly result: Result | null
  readonly userErrors: readonly UserError[]
}

export type PayloadRef<Result> = PothosSchemaTypes.ObjectRef<Types, Payload<Result>>
/** Builds the fields of an input. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>
/** Builds the fields of a payload. */
export type PayloadFields<Result> = PothosSchemaTypes.ObjectFieldBuilder<Types, Payload<Result>>

/** Describes a payload, apart from its `userErrors`. */
export interface PayloadOptions<Result> {
  readonly description: string
  readonly fields: (t: PayloadFields<Result>) => FieldMap
}

/**
 * Adds a mutation `doSomething` with its types `DoSomethingInput` and `DoSomethingPayload`.
 * @param options.run throws UserErrors for mistakes in the input: they become the payload's `userErrors`
 * @param options.count how many items an input has, each of which counts as a mutation, and has all that is selected; absent: one
 * @returns its types
 */
export function mutation<Fields extends InputFieldMap, Result, Input = InputShapeFromFields<Fields>>(
  name: string,
  {
    input: inputOptions,
    run,
    count,
    payload: { description, fields },
    ...options
  }: ReturnType<typeof requires> & {
    description: string
    input: {
      description: string
      fields: (t: InputFields) => Fields
    }
    run: (input: Input, context: Context) => Promise<Result>
    count?: (input: Input) => number
    payload: PayloadOptions<Result>
  },
): { input: PothosSchemaTypes.InputObjectRef<Types, Input>; payload: PayloadRef<Result> } {
  const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const input = builder.inputType(`${Name}Input`, inputOptions)
  const payload = builder.objectRef<Payload<Result>>(`${Name}Payload`).implement({
    description,
    fields: (t) => ({
      ...fields(t),
      cursor: t.string(readCursor('just before the first mutation of the document')),
      query: t.field({
        type: QueryRef,
        description: 'Everything that can be read, as it is after the mutation.',
        resolve: () => ({}),
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description: 'What is wrong with the input; empty on success.',
      }),
    }),
  })
  builder.mutationField(name, (t) =>
    t.field({
      ...options,
      // A cost that depends on the input has to be worked out for each request.
      ...(count && { complexity: (args) => ofItems(count((args as { input: Input }).input)) }),
      type: payload,
      args: { input: t.arg({ type: input, required: true, description: `Parameters of \`${name}\`.` }) },
      // TypeScript cannot work out the arguments while `Fields` is open.
      resolve: (_root, args, context) => {
        // What the mutations before this one have loaded may change now.
        Object.assign(context, initContextCache())
        return settle(() => run((args as { input: Input }).input, context))
      },
    }),
  )
  return { input: input as PothosSchemaTypes.InputObjectRef<Types, never>, payload }
}

/** The cost of a mutation is the number of its items: rate limits count them. */
const ofItems = (count: number) => ({ field: count, multiplier: count })

/** Turns UserErrors into the payload. */
export async function settle<Result>(run: () => Promise<Result>): Promise<Payload<Result>> {
  try {
    return { result: await run(), userErrors: [] }
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    const result = error instanceof Outdated ? ((await error.present()) as Result | null) : null
    return { result, userErrors: error.errors }
  }
}
