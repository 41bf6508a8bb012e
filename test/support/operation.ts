import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'

export interface Operation {
  document: string
  variables: Record<string, unknown>
}

/** How many items of a list are asked for. All fields of many items would cost too much. */
const FEW = 5

/** The id for an argument, or a field of an input, with this name. */
type IdOf = (name: string) => string | undefined

/** Inputs that are not valid with just any value of each type. */
const examples: Record<string, (idOf: IdOf) => object> = {
  PropertyTargetInput: (idOf) => ({ location: 'BOT_AGENT', id: idOf('id') }),
  PublishChatEventInput: () => ({ action: 'THREAD_CLOSED', data: { chat_id: 'c', thread_id: 't' } }),
  ReplayWebhookDeliveriesInput: (idOf) => ({ botAgentId: idOf('botAgentId'), states: ['PENDING', 'FAILED'] }),
  PropertySearchInput: () => ({ location: 'BOT_AGENT', namespace: 'test', name: 'string_property', exists: true }),
}

/**
 * An operation that calls a root field, built from its types: with the required arguments and all fields.
 * @param about.ids by the name of the type: `chatEventId` is the one of a ChatEvent
 * @param about.id for every other id
 */
export function operationOf(
  kind: string,
  field: GraphQLField<unknown, unknown>,
  about: { id?: string | undefined; ids?: Readonly<Record<string, string | undefined>>; all?: boolean | undefined },
): Operation {
  const { id, ids = {}, ...given } = about
  const idOf = (name: string) => ids[typeNamed(name)] ?? id
  const isPaged = field.args.some(({ name }) => name === 'first')
  const chosen: Record<string, unknown> = { ...given, ...(isPaged ? { first: FEW } : { last: FEW }) }
  const used = field.args.filter((argument) => isRequiredArgument(argument) || argument.name in chosen)
  const variables = Object.fromEntries(
    used.map(({ name, type }) => [name, name in chosen ? chosen[name] : sample(type, idOf, name)]),
  )
  const list = (format: (argument: GraphQLArgument) => string) =>
    used.length ? `(${used.map(format).join(', ')})` : ''
  const declared = list(({ name, type }) => `$${name}: ${type}`)
  const passed = list(({ name }) => `${name}: $${name}`)
  return { document: `${kind} ${declared} { ${field.name}${passed} ${selection(field.type)} }`, variables }
}

/** `ChatEvent` for `chatEventId` */
function typeNamed(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1).replace(/Id$/, '')}`
}

/** The name of the required argument, or field of an input, that holds the id of what a root field is about. */
export function idNameOf(field: Pick<GraphQLField<unknown, unknown>, 'args'>): string | undefined {
  const nameIn = ({ name, type }: GraphQLArgument | GraphQLInputField): string | undefined => {
    const named = getNamedType(type)
    if (Object.hasOwn(examples[named.name]?.(() => '') ?? {}, 'id')) return 'id'
    if (!isInputObjectType(named)) return named.name === 'ID' ? name : undefined
    return Object.values(named.getFields()).filter(isRequiredInputField).map(nameIn).find(Boolean)
  }
  return field.args.filter(isRequiredArgument).map(nameIn).find(Boolean)
}

/** A value of the type, with its required fields. */
export function sample(type: GraphQLInputType, idOf: IdOf, name = 'id'): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return [sample(nullable.ofType, idOf, name)]
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name
  if (isInputObjectType(nullable)) {
    const example = examples[nullable.name]
    if (example) return example(idOf)
    const required = Object.values(nullable.getFields()).filter(isRequiredInputField)
    return Object.fromEntries(required.map((field) => [field.name, sample(field.type, idOf, field.name)]))
  }
  const scalars: Record<string, unknown> = { ID: idOf(name), String: 'x', Int: 1, Boolean: true, JSON: {} }
  if (!(nullable.name in scalars)) throw new Error(`Say in sample() what a ${nullable.name} looks like`)
  return scalars[nullable.name]
}

function selection(type: GraphQLOutputType, within: readonly string[] = []): string {
  const named = getNamedType(type)
  if (!isCompositeType(named)) return ''
  if (isInterfaceType(named)) return '{ __typename id }'
  if (!('getFields' in named) || within.includes(named.name) || named.name === 'Query') return '{ __typename }'
  const fields = Object.values(named.getFields()).filter(
    // A field that requires a permission of its own could fail.
    ({ name, args, extensions }) =>
      !args.some(isRequiredArgument) &&
      !extensions.directives &&
      // All fields of all nodes of a list within another one, twice, would cost too much.
      !(name === 'edges' && within.length > 0),
  )
  const select = (field: (typeof fields)[number]) => {
    const few = field.args.some(({ name }) => name === 'first') ? `(first: ${FEW})` : ''
    return `${field.name}${few} ${selection(field.type, [...within, named.name])}`
  }
  return `{ ${fields.map(select).join(' ')} }`
}
