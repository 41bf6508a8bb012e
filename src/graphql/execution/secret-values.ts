import {
  coerceInputValue,
  type DocumentNode,
  GraphQLError,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isLeafType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/*
 * The messages of graphql-js quote the values that are wrong, and clients log them. A secret key or the value of a header does not belong
 * there, nor does an object or a list that may contain one.
 */

/** Whether the value of a field of an input is a secret: a field says so by `extensions`. */
function isSecret({ extensions }: Pick<GraphQLInputField, 'extensions'>): boolean {
  return extensions.secret === true
}

/** A value may be quoted if a scalar is wanted and given, and it is no secret. */
function mayBeQuoted(wanted: GraphQLInputType | undefined, given: { isScalar: boolean; isSecret: boolean }): boolean {
  return wanted !== undefined && isLeafType(getNamedType(wanted)) && given.isScalar && !given.isSecret
}

const notOf = (wanted: GraphQLInputType | undefined) =>
  wanted ? `Expected a value of type "${getNamedType(wanted).name}".` : 'It is not valid.'

/**
 * @param message of graphql-js for variables that do not fit; used if they are not the values of variables that are wrong
 * @returns a message for the first of them, with its path instead of a value that is not to be quoted
 */
export function variableMessage(
  message: string,
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): string {
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value
    const wanted = typeFromAST(schema, type)
    if (!wanted || !isInputType(wanted) || !Object.hasOwn(variables, name)) continue
    const wrong = firstWrong(wanted, variables[name])
    if (!wrong) continue
    const { path, value, error } = wrong
    if (value === null || value === undefined) return message
    const at = typeAt(wanted, path)
    const isScalar = typeof value !== 'object'
    if (mayBeQuoted(at.type, { isScalar, isSecret: at.isSecret })) return message
    const place = path.length > 0 ? ` at "${name}${path.map(stepOf).join('')}"` : ''
    const isOfObject = at.type !== undefined && isInputObjectType(getNamedType(at.type))
    // What is wrong with an object names fields and types only. What is wrong with a scalar may quote it.
    return `Variable "$${name}" got an invalid value${place}; ${isOfObject ? error.message : notOf(at.type)}`
  }
  return message
}

function stepOf(step: string | number): string {
  return typeof step === 'number' ? `[${step}]` : `.${step}`
}

interface WrongValue {
  readonly path: readonly (string | number)[]
  readonly value: unknown
  readonly error: GraphQLError
}

function firstWrong(type: GraphQLInputType, given: unknown): WrongValue | undefined {
  const found: WrongValue[] = []
  try {
    coerceInputValue(
      given,
      type,
      (path, value, error) => {
        found.push({ path, value, error })
        // One is enough, and there may be many.
        throw error
      },
      true,
    )
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
  }
  return found[0]
}

/** @returns the type that is wanted at a place inside a value, and whether what is there is a secret */
function typeAt(
  wanted: GraphQLInputType,
  path: readonly (string | number)[],
): { type: GraphQLInputType | undefined; isSecret: boolean } {
  let at: { type: GraphQLInputType | undefined; isSecret: boolean } = { type: wanted, isSecret: false }
  for (const step of path) {
    const named = at.type && getNamedType(at.type)
    // Items are of the type that is named in the type of their list.
    if (typeof step === 'number' || !isInputObjectType(named)) continue
    const field = named.getFields()[step]
    at = { type: field?.type, isSecret: at.isSecret || (field !== undefined && isSecret(field)) }
  }
  return at
}

const literals: ReadonlySet<string> = new Set([
  Kind.OBJECT,
  Kind.LIST,
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.ENUM,
])

/** Takes the values out of messages of validation that are not to be quoted. */
export function withoutSecretLiterals(
  schema: GraphQLSchema,
  document: DocumentNode,
  errors: readonly GraphQLError[],
): readonly GraphQLError[] {
  const about = Map.groupBy(errors, ({ nodes }) => (nodes?.length === 1 ? nodes[0] : undefined))
  if (!about.keys().some((node) => node && literals.has(node.kind))) return errors
  const types = new TypeInfo(schema)
  let secrets = 0
  const fieldOf = (name: string) => {
    const parent = types.getParentInputType()
    const named = parent && getNamedType(parent)
    return isInputObjectType(named) ? named.getFields()[name] : undefined
  }
  const secretIn = (name: string) => {
    const field = fieldOf(name)
    return field && isSecret(field) ? 1 : 0
  }
  visit(
    document,
    visitWithTypeInfo(types, {
      enter(node) {
        if (node.kind === Kind.OBJECT_FIELD) secrets += secretIn(node.name.value)
        if (!literals.has(node.kind)) return
        const wanted = types.getInputType() ?? undefined
        const isScalar = node.kind !== Kind.OBJECT && node.kind !== Kind.LIST
        const isInJson = wanted === undefined && isScalar && secrets === 0
        if (isInJson || mayBeQuoted(wanted, { isScalar, isSecret: secrets > 0 })) return
        for (const error of about.get(node) ?? []) {
          // Messages about the fields of an object quote no value.
          if (!/^(Field|OneOf Input Object) "/.test(error.message)) error.message = notOf(wanted)
        }
      },
      leave(node) {
        if (node.kind === Kind.OBJECT_FIELD) secrets -= secretIn(node.name.value)
      },
    }),
  )
  return errors
}
