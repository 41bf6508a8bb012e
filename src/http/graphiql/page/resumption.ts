import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
} from 'graphql'
import type { GraphQLRequest } from './graphiql-bundle.ts'
import type { Result } from './request.ts'

/** @returns the operation that runs; undefined if the document is not valid, or does not say which */
export function operationOf({ query, operationName }: GraphQLRequest): OperationDefinitionNode | undefined {
  const operations = parsed(query)?.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION) ?? []
  // After another tab has been opened, GraphiQL gives the name of the operation in the last one for a moment.
  const named = operations.find(({ name }) => name?.value === operationName)
  return named ?? (operations.length === 1 ? operations[0] : undefined)
}

/** @returns the root field of a subscription */
export function subscribedField(request: GraphQLRequest): FieldNode | undefined {
  const [field] = operationOf(request)?.selectionSet.selections ?? []
  return field?.kind === Kind.FIELD ? field : undefined
}

/** @returns whether the request itself says after which cursor it begins */
export function beginsAfter(request: GraphQLRequest): boolean {
  const value = afterOf(subscribedField(request))?.value
  if (value?.kind === Kind.VARIABLE) return typeof request.variables?.[value.name.value] === 'string'
  return value?.kind === Kind.STRING
}

/** @returns the request for the events after the cursor, whatever the request itself says about `after` */
export function resumed(request: GraphQLRequest, cursor: string): GraphQLRequest {
  const document = parsed(request.query)
  const field = subscribedField(request)
  if (!document || !field) return request
  const value = afterOf(field)?.value
  if (value?.kind === Kind.VARIABLE) {
    return { ...request, variables: { ...request.variables, [value.name.value]: cursor } }
  }
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.STRING, value: cursor },
  }
  const others = field.arguments?.filter(({ name }) => name.value !== 'after') ?? []
  const changed: FieldNode = { ...field, arguments: [...others, after] }
  const definitions = document.definitions.map((node) =>
    node.kind === Kind.OPERATION_DEFINITION && node.loc?.start === operationOf(request)?.loc?.start
      ? { ...node, selectionSet: { ...node.selectionSet, selections: [changed] } }
      : node,
  )
  return { ...request, query: print({ ...document, definitions }) }
}

/** @returns the cursor of an event, if it was selected */
export function cursorOf({ data }: Result): string | undefined {
  const [event] = Object.values(data ?? {})
  if (typeof event !== 'object' || event === null || !('cursor' in event)) return undefined
  return typeof event.cursor === 'string' ? event.cursor : undefined
}

function afterOf(field: FieldNode | undefined): ArgumentNode | undefined {
  return field?.arguments?.find(({ name }) => name.value === 'after')
}

function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query)
  } catch {
    return undefined
  }
}
