import { getOperationAST, parse } from 'graphql'

export interface Operation {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Record<string, unknown> | null | undefined
}

/**
 * Whether the operation is a subscription.
 * @throws TypeError if it is one that can't be resumed
 */
export function isStream({ query, operationName }: Operation): boolean {
  const operation = getOperationAST(parse(query), operationName)
  if (operation?.operation !== 'subscription') return false
  if (operation.variableDefinitions?.some(({ variable }) => variable.name.value === 'after')) return true
  throw new TypeError(
    'The subscription can’t be resumed: let it declare the variable `$after: String`, and pass it to the field as `after: $after`.',
  )
}

/**
 * The cursor of an event: that of any field of the subscription.
 * @throws TypeError if it was not selected
 */
export function cursorOf(data: unknown): string {
  for (const event of Object.values(data as Record<string, { cursor?: unknown } | null>))
    if (typeof event?.cursor === 'string') return event.cursor
  throw new TypeError('The subscription can’t be resumed: let it select `cursor`.')
}
