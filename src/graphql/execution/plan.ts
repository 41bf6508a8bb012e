import { collectFields, collectSubFields } from '@graphql-tools/utils'
import {
  BREAK,
  defaultTypeResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql'
import { isLasting, OF_PARENT_ALONE } from '../lasting.ts'
import type { Loaded } from '../loaded.ts'
import type { ExecutionPath, FieldErrors } from './field-errors.ts'
import { keepResults, keptResults, type SelectedField, type Selection } from './kept-results.ts'

/** What a plan is made for: one operation of a valid document, and which of its conditional selections are included. */
export interface Planned {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: Record<string, FragmentDefinitionNode>
  /** As coerced. Only the values of variables in `@skip` and `@include` make a difference to the plan. */
  readonly variableValues: Record<string, unknown>
}

export interface Plan {
  /** Fields in the plan so far. What is within a field is planned when the field has a value for the first time. */
  size(): number
  /** Runs the operation once. @returns `data`, or a promise of it @throws an error that has reached the root */
  execute(run: Run): unknown
}

/** A plan in the making. */
interface Planning extends Planned {
  /** The variables, in the form that `collectFields` asks for. */
  readonly variables: { coerced: Record<string, unknown>; sources: Record<string, never> }
  size: number
}

/** One execution of a plan. */
interface Run extends Planned {
  readonly rootValue: unknown
  readonly contextValue: unknown
  readonly errors: FieldErrors
  readonly loaded: Loaded
  /** Whether the response contains objects of earlier ones. */
  hasKept: boolean
}

/** Completes a value that a field has resolved to. @returns the value of the response, or a promise of it @throws a field error */
type Complete = (run: Run, value: unknown, path: ExecutionPath) => unknown

interface PlannedField extends SelectedField {
  readonly parentType: GraphQLObjectType
  readonly nodes: FieldNode[]
  /** Absent: they depend on variables. */
  readonly args: Readonly<Record<string, unknown>> | undefined
  readonly isNonNull: boolean
  complete: Complete
  selection: (() => PlannedSelection) | undefined
}

interface PlannedSelection extends Selection {
  readonly fields: readonly PlannedField[]
}

/**
 * Plans an operation: everything that graphql-js works out again for each object (which fields are selected, how they are resolved, what
 * their types are, constant arguments) is worked out once. A plan has the same results and errors as graphql-js: GraphQL, section 6.
 */
export function plan(planned: Planned): Plan {
  const { schema, operation, fragments, variableValues } = planned
  const root = schema.getRootType(operation.operation)
  if (!root) throw new GraphQLError(`Schema is not configured to execute ${operation.operation} operation.`)
  const planning = { ...planned, variables: { coerced: variableValues, sources: {} }, size: 0 }
  const { fields } = collectFields(schema, fragments, planning.variables, root, operation.selectionSet)
  const selection = selectionOf(planning, root, fields)
  const size = () => planning.size
  // GraphQL, section 6.2.2: the fields of a mutation run one after the other.
  return operation.operation === OperationTypeNode.MUTATION
    ? { size, execute: (run) => executeSerially(run, selection, run.rootValue) }
    : { size, execute: (run) => executeSelection(run, selection, run.rootValue, undefined) }
}

function selectionOf(
  planning: Planning,
  type: GraphQLObjectType,
  collected: ReadonlyMap<string, FieldNode[]>,
): PlannedSelection {
  const fields = [...collected].flatMap(([responseName, nodes]) => fieldOf(planning, type, responseName, nodes) ?? [])
  return { id: Symbol(), fields, blank: Object.fromEntries(fields.map(({ responseName }) => [responseName, null])) }
}

function fieldOf(
  planning: Planning,
  parentType: GraphQLObjectType,
  responseName: string,
  nodes: FieldNode[],
): PlannedField | undefined {
  const [node] = nodes
  const definition = node && definitionOf(planning.schema, parentType, node.name.value)
  if (!definition) return undefined
  planning.size += 1
  const args = hasVariables(node) ? undefined : constantsOf(definition, node)
  const isNonNull = isNonNullType(definition.type)
  const type = getNullableType(definition.type)
  const isProperty = !definition.resolve && definition.args.length === 0
  const serialize = isProperty && isLeafType(type) ? type.serialize.bind(type) : undefined
  const isOfParentAlone =
    isProperty ||
    definition === TypeNameMetaFieldDef ||
    (definition.resolve !== undefined && definition.resolve === definition.extensions[OF_PARENT_ALONE])
  const isLeaf = isLeafType(getNamedType(type))
  const planned = { responseName, parentType, definition, nodes, args, isNonNull, serialize, isOfParentAlone, isLeaf }
  const field: PlannedField = { ...planned, complete: neverComplete, selection: undefined }
  field.complete = completionOf(planning, field, definition.type)
  return field
}

const neverComplete: Complete = () => {
  throw new Error('The plan is not finished')
}

function definitionOf(
  schema: GraphQLSchema,
  parentType: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (parentType === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return parentType.getFields()[name]
}

function hasVariables({ arguments: given = [] }: FieldNode): boolean {
  let found = false
  const look = {
    Variable() {
      found = true
      return BREAK
    },
  }
  for (const argument of given) visit(argument, look)
  return found
}

/** @returns `undefined` if they are not valid: then the field fails each time, where it belongs */
function constantsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode) {
  try {
    return getArgumentValues(definition, node)
  } catch {
    return undefined
  }
}

function completionOf(planning: Planning, field: PlannedField, type: GraphQLOutputType): Complete {
  if (isNonNullType(type)) {
    const complete = completionOf(planning, field, type.ofType)
    return (run, value, path) => {
      const completed = complete(run, value, path)
      if (completed === null) throw new Error(`Cannot return null for non-nullable field ${nameOf(field)}.`)
      return completed
    }
  }
  const complete = isListType(type)
    ? listCompletion(field, type.ofType, completionOf(planning, field, type.ofType))
    : isObjectType(type)
      ? objectCompletion(planning, field, type)
      : isAbstractType(type)
        ? abstractCompletion(planning, field, type)
        : leafCompletion(type)
  return (run, value, path) => {
    if (value === null || value === undefined) return null
    if (value instanceof Error) throw value
    return complete(run, value, path)
  }
}

function leafCompletion(type: { name: string; serialize: (value: unknown) => unknown }): Complete {
  return (_run, value) => {
    const serialized = type.serialize(value)
    if (serialized === null || serialized === undefined) {
      throw new Error(`Expected \`${type.name}.serialize\` to return a value, returned: ${serialized}`)
    }
    return serialized
  }
}

function listCompletion(field: PlannedField, itemType: GraphQLOutputType, complete: Complete): Complete {
  const { nodes } = field
  const isNonNull = isNonNullType(itemType)
  const completeItem = (run: Run, item: unknown, path: ExecutionPath): unknown => {
    try {
      const completed = isPromise(item) ? item.then((value) => complete(run, value, path)) : complete(run, item, path)
      if (!isPromise(completed)) return completed
      return completed.then(undefined, (error) => run.errors.handle(error, { nodes, path, isNonNull }))
    } catch (error) {
      return run.errors.handle(error, { nodes, path, isNonNull })
    }
  }
  return (run, value, path) => {
    if (!isIterable(value)) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(field)}".`)
    }
    const items: unknown[] = []
    let hasPromises = false
    try {
      for (const item of value) {
        const completed = completeItem(run, item, { prev: path, key: items.length, typename: undefined })
        hasPromises ||= isPromise(completed)
        items.push(completed)
      }
    } catch (error) {
      // The others may fail as well, and somebody has to listen.
      for (const item of items) if (isPromise(item)) item.then(undefined, () => {})
      throw error
    }
    return hasPromises ? Promise.all(items) : items
  }
}

function objectCompletion(planning: Planning, field: PlannedField, type: GraphQLObjectType): Complete {
  const { schema, fragments, variables } = planning
  let known: PlannedSelection | undefined
  // Not before it is needed: fragments can select exponentially much within fields that are always null.
  const selection = () => {
    known ??= selectionOf(planning, type, collectSubFields(schema, fragments, variables, type, field.nodes).fields)
    return known
  }
  const { isTypeOf } = type
  if (!isTypeOf) {
    field.selection = selection
    return (run, value, path) => executeSelection(run, selection(), value, path)
  }
  const execute = (run: Run, value: unknown, path: ExecutionPath, is: boolean) => {
    if (is) return executeSelection(run, selection(), value, path)
    throw new GraphQLError(`Expected a value of type "${type.name}".`, { nodes: field.nodes })
  }
  return (run, value, path) => {
    const is = isTypeOf(value, run.contextValue, infoOf(run, field, path))
    return isPromise(is) ? is.then((known) => execute(run, value, path, known)) : execute(run, value, path, is)
  }
}

function abstractCompletion(
  planning: Planning,
  field: PlannedField,
  type: Extract<GraphQLOutputType, { resolveType: unknown }>,
): Complete {
  const completions = new Map(
    planning.schema
      .getPossibleTypes(type)
      .map((possible) => [possible.name, objectCompletion(planning, field, possible)]),
  )
  // It was that of one of the types.
  field.selection = undefined
  const resolveType = type.resolveType ?? defaultTypeResolver
  const complete = (run: Run, value: unknown, path: ExecutionPath, name: unknown) => {
    const known = completions.get(name as string)
    if (known) return known(run, value, path)
    const message =
      name === undefined || name === null
        ? `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${nameOf(field)}". Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`
        : `Runtime Object type "${name}" is not a possible type for "${type.name}".`
    throw new GraphQLError(message, { nodes: field.nodes })
  }
  return (run, value, path) => {
    const name = resolveType(value, run.contextValue, infoOf(run, field, path), type)
    return isPromise(name) ? name.then((known) => complete(run, value, path, known)) : complete(run, value, path, name)
  }
}

/** GraphQL, section 6.3: fields of a query, or within any field. */
function executeSelection(
  run: Run,
  selection: PlannedSelection,
  source: unknown,
  path: ExecutionPath | undefined,
): unknown {
  const before = keptResults(selection, source)
  if (before) {
    run.loaded.spend(before.bytes)
    if (before.others.length === 0) {
      run.hasKept = true
      return before.results
    }
  }
  const fields = before?.others.map((place) => selection.fields[place] as PlannedField) ?? selection.fields
  const results: Record<string, unknown> = { ...(before?.results ?? selection.blank) }
  const errors = run.errors.count
  const lasting = !before && isLasting(source) ? source : undefined
  const counted = lasting && [run.loaded.bytes]
  let waiting: [name: string, value: PromiseLike<unknown>][] | undefined
  try {
    for (const field of fields) {
      const result = scalarOf(field, source) ?? executeField(run, field, source, path)
      results[field.responseName] = result
      if (isPromise(result)) {
        waiting ??= []
        waiting.push([field.responseName, result])
      }
      counted?.push(run.loaded.bytes)
    }
  } catch (error) {
    if (waiting) return settled(results, waiting).finally(() => Promise.reject(error))
    throw error
  }
  if (lasting && counted && run.errors.count === errors) {
    keepResults(selection, lasting, results, { pending: waiting?.map(([name]) => name) ?? [], counted })
  }
  return waiting ? settled(results, waiting) : results
}

async function settled(
  results: Record<string, unknown>,
  waiting: readonly [name: string, value: PromiseLike<unknown>][],
): Promise<unknown> {
  const values = await Promise.all(waiting.map(([, value]) => value))
  for (const [index, [name]] of waiting.entries()) results[name] = values[index]
  return results
}

async function executeSerially(run: Run, { fields, blank }: PlannedSelection, source: unknown): Promise<unknown> {
  const results: Record<string, unknown> = { ...blank }
  for (const field of fields) results[field.responseName] = await executeField(run, field, source, undefined)
  return results
}

/** The shortest way for most fields of most responses. @returns `undefined` if it must be executed like any other */
function scalarOf({ serialize, definition }: PlannedField, source: unknown): unknown {
  if (!serialize) return undefined
  try {
    const value = (source as Record<string, unknown> | null | undefined)?.[definition.name]
    return typeof value === 'string' || typeof value === 'number' || value instanceof Date
      ? serialize(value)
      : undefined
  } catch {
    return undefined
  }
}

function executeField(run: Run, field: PlannedField, source: unknown, parent: ExecutionPath | undefined): unknown {
  const { nodes, isNonNull, complete } = field
  const path: ExecutionPath = { prev: parent, key: field.responseName, typename: field.parentType.name }
  try {
    const resolved = resolve(run, field, source, path)
    const completed = isPromise(resolved)
      ? resolved.then((value) => complete(run, value, path))
      : complete(run, resolved, path)
    if (!isPromise(completed)) return completed
    return completed.then(undefined, (error) => run.errors.handle(error, { nodes, path, isNonNull }))
  } catch (error) {
    return run.errors.handle(error, { nodes, path, isNonNull })
  }
}

function resolve(run: Run, field: PlannedField, source: unknown, path: ExecutionPath): unknown {
  const { resolve: resolver, name } = field.definition
  if (!resolver) {
    // The default resolver of graphql-js.
    const property = (source as Record<string, unknown> | null | undefined)?.[name]
    if (typeof property !== 'function') return property
    return property.call(source, argumentsOf(run, field), run.contextValue, infoOf(run, field, path))
  }
  return resolver(source, argumentsOf(run, field), run.contextValue, infoOf(run, field, path))
}

function argumentsOf({ variableValues }: Run, { args, definition, nodes }: PlannedField): Record<string, unknown> {
  return args ?? getArgumentValues(definition, nodes[0] as FieldNode, variableValues)
}

function infoOf(run: Run, { definition, nodes, parentType }: PlannedField, path: ExecutionPath): GraphQLResolveInfo {
  const { schema, fragments, rootValue, operation, variableValues } = run
  return {
    fieldName: definition.name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType,
    path,
    schema,
    fragments,
    rootValue,
    operation,
    variableValues,
  }
}

function nameOf({ parentType, definition }: PlannedField): string {
  return `${parentType.name}.${definition.name}`
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
