import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  getVariableValues,
  isInputObjectType,
  isListType,
  Kind,
  type NamedTypeNode,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import type { Charge } from '../../admission/rate-limits.ts'
import { badUserInput } from '../errors.ts'
import { variableMessage } from './secret-values.ts'

/** Limits of one operation. */
const operationLimits = {
  /** Items of a list in variables; JSON has a limit of its own. */
  items: 1_000,
  /** Fields within fields. */
  depth: 12,
  /** Fields that it selects, with its fragments expanded. */
  breadth: 500,
  /** Values that the response may have: a list counts as many items as it may return. */
  complexity: 25_000,
  /** Mutations: a mutation of many items counts as many. */
  mutations: 200,
} as const

/** An operation that keeps within its limits. */
export interface Counted {
  readonly charge: Charge
  /** As coerced. */
  readonly variableValues: Readonly<Record<string, unknown>>
}

/**
 * Counts what the operation asks for, with the variables of the request. It is not a validation rule, because the result of validation is
 * cached for the document, whatever the variables are.
 * @returns what to charge for it, or the error that refuses it
 */
export function count(operation: OperationDefinitionNode, args: ExecutionArgs): Counted | GraphQLError {
  const { schema, variableValues } = args
  const long = longList(schema, operation, variableValues ?? {})
  if (long) return long
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: 1,
    hideSuggestions: true, // only validation knows whether they are allowed
  })
  if (errors) {
    return badUserInput(variableMessage(errors[0]?.message ?? '', schema, operation, variableValues ?? {}))
  }
  const charge = rememberedCost(operation, args, coerced)
  return charge instanceof GraphQLError ? charge : { charge, variableValues: coerced }
}

/** What operations cost, by the values of the variables that the cost depends on. */
const remembered = new WeakMap<OperationDefinitionNode, { names: readonly string[]; costs: Map<string, Charge> }>()
/** Values for which the cost of one operation is remembered, and how long they may be as JSON. */
const MOST_VALUES = 100
const LONGEST_VALUES = 100

type Cost = Charge | GraphQLError

type Coerced = Readonly<Record<string, unknown>>

function rememberedCost(operation: OperationDefinitionNode, args: ExecutionArgs, coerced: Coerced): Cost {
  const { document, schema, variableValues } = args
  const { names, costs } = remembered.get(operation) ?? { names: countedVariables(document, schema), costs: new Map() }
  remembered.set(operation, { names, costs })
  // A variable that is null may cost something else than one that is absent, which has its default.
  const values = JSON.stringify(
    names.map((name) => (variableValues?.[name] === undefined ? [] : [variableValues[name]])),
  )
  const known = costs.get(values)
  if (known) return known
  const cost = countedCost(operation, args, coerced)
  if (cost instanceof GraphQLError) return cost
  if (costs.size < MOST_VALUES && values.length <= LONGEST_VALUES) costs.set(values, cost)
  return cost
}

/** @returns the variables in arguments of fields whose cost depends on their arguments */
function countedVariables(document: DocumentNode, schema: GraphQLSchema): string[] {
  const names = new Set<string>()
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ arguments: given = [] }) {
        if (typeof types.getFieldDef()?.extensions.complexity !== 'function') return
        for (const argument of given) visit(argument, { Variable: ({ name }) => void names.add(name.value) })
      },
    }),
  )
  return [...names]
}

function countedCost(
  operation: OperationDefinitionNode,
  { document, schema, variableValues }: ExecutionArgs,
  coerced: Coerced,
): Cost {
  const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION
  if (isSubscription && isConditional(operation.selectionSet, fragmentsOf(document))) {
    return badUserInput('The root field of a subscription cannot use @skip or @include.')
  }
  const definitions = document.definitions.filter(
    (definition) => definition === operation || definition.kind === Kind.FRAGMENT_DEFINITION,
  )
  try {
    const counted = complexityFromQuery({ ...document, definitions }, { schema, variables: variableValues ?? {} })
    if (counted.depth > operationLimits.depth) return tooMuch(`is ${counted.depth} fields deep`, operationLimits.depth)
    if (counted.breadth > operationLimits.breadth)
      return tooMuch(`selects ${counted.breadth} fields`, operationLimits.breadth)
    if (counted.complexity > operationLimits.complexity) {
      return tooMuch(
        `may return ${counted.complexity} values`,
        operationLimits.complexity,
        'Ask for less, such as a smaller `first` (without one a list counts as 50),',
      )
    }
    const charge = chargeOf(operation, { document, schema, coerced }, counted.complexity)
    if (charge.mutations <= operationLimits.mutations) return charge
    return tooMuch(`makes ${charge.mutations} changes`, operationLimits.mutations)
  } catch (error) {
    // Arguments that do not fit can't be counted, so the operation is not run.
    if (error instanceof GraphQLError) return badUserInput(error.message)
    throw error
  }
}

/** Checked first: coercing a list takes time for each of its items. */
function longList(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError | undefined {
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value
    const declared = typeFromAST(schema, type as NamedTypeNode)
    const length = declared && longest(declared as unknown as GraphQLInputType, variables[name])
    if (length && length > operationLimits.items) {
      return badUserInput(
        `The variable \`$${name}\` has a list of ${length} items; the limit is ${operationLimits.items}.`,
      )
    }
  }
  return undefined
}

/** @returns the length of the longest list inside the value; does not look inside a list that is too long */
function longest(type: GraphQLInputType, value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const nullable = getNullableType(type)
  const lengths = isListType(nullable)
    ? Array.isArray(value)
      ? [
          value.length,
          ...(value.length > operationLimits.items ? [] : value.map((item) => longest(nullable.ofType, item))),
        ]
      : []
    : isInputObjectType(nullable)
      ? Object.values(nullable.getFields()).map((field) =>
          longest(field.type, (value as Record<string, unknown>)[field.name]),
        )
      : []
  return Math.max(0, ...lengths)
}

/** `publishChatEvent` has a limit of its own: the chat platform can't choose when events happen. It is free, unless it also queries. */
function chargeOf(
  operation: OperationDefinitionNode,
  args: Pick<ExecutionArgs, 'document' | 'schema'> & { coerced: Coerced },
  queryCost: number,
): Charge {
  if (operation.operation !== OperationTypeNode.MUTATION) return { queryCost, mutations: 0, chatEvents: 0 }
  const fragments = fragmentsOf(args.document)
  const fields = fieldsOf(operation.selectionSet, fragments)
  const chatEvents = fields.filter(({ name }) => name.value === 'publishChatEvent').length
  const mutations = fields.reduce((count, field) => count + itemsOf(field, args), -chatEvents)
  const isQueried = fields.some(
    ({ selectionSet }) => selectionSet && fieldsOf(selectionSet, fragments).some(({ name }) => name.value === 'query'),
  )
  return { queryCost: mutations > 0 || isQueried ? queryCost : 0, mutations, chatEvents }
}

/** @returns the cost of the mutation without its selection: the number of its items */
function itemsOf(node: FieldNode, { schema, coerced }: { schema: GraphQLSchema; coerced: Coerced }): number {
  const field = schema.getMutationType()?.getFields()[node.name.value]
  const complexity = field?.extensions.complexity
  if (!field || typeof complexity !== 'function') return 1
  return complexity(getArgumentValues(field, node, coerced)).field
}

type Fragments = ReadonlyMap<string, SelectionSetNode>

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  )
}

/** GraphQL, section 5.2.4.1: a subscription has exactly one root field, whatever its variables are. */
function isConditional(
  { selections }: SelectionSetNode,
  fragments: Fragments,
  seen: Set<SelectionSetNode> = new Set(),
): boolean {
  return selections.some((selection) => {
    if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true
    if (selection.kind === Kind.FIELD) return false
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)
    // Visit each once: fragments that spread each other twice are visited exponentially often otherwise.
    if (!inner || seen.has(inner)) return false
    seen.add(inner)
    return isConditional(inner, fragments, seen)
  })
}

function fieldsOf({ selections }: SelectionSetNode, fragments: Fragments): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)
    return inner ? fieldsOf(inner, fragments) : []
  })
}

function tooMuch(what: string, limit: number, advice = 'Ask for less,'): GraphQLError {
  return badUserInput(`The operation ${what}; the limit is ${limit}. ${advice} or split it into several operations.`)
}
