import { mistake, type UserError, UserErrors, userError } from '../contract/user-error.ts'
import { isObject } from '../contract/validation.ts'

/** The name of a property, as a caller gives it. */
export interface Named {
  readonly namespace: string
  readonly name: string
}

export interface Given extends Named {
  /** Not yet checked against its definition. */
  readonly value: unknown
}

/** Properties that one call may have. */
const MOST_AT_ONCE = 100

/**
 * @returns the properties in `{"namespace": {"name": value}}`
 * @throws UserErrors VALIDATION
 */
export function givenValues(properties: unknown): Given[] {
  const given = namespaces(
    properties,
    (named) => isObject(named) || 'must be an object, as in {"test": {"int_property": 1}}',
  )
  const values = given.flatMap(([namespace, named]) =>
    Object.entries(named as object).map(([name, value]): Given => ({ namespace, name, value })),
  )
  return demandFew(values)
}

/**
 * @returns the properties in `{"namespace": ["name"]}`, without duplicates
 * @throws UserErrors VALIDATION
 */
export function givenNames(properties: unknown): Named[] {
  const isList = (names: unknown) =>
    (Array.isArray(names) && names.every((name) => typeof name === 'string')) ||
    'must be a list of names, as in {"test": ["int_property"]}'
  const given = namespaces(properties, isList)
  return demandFew(
    given.flatMap(([namespace, names]) => [...new Set(names as string[])].map((name) => ({ namespace, name }))),
  )
}

export function fieldOf({ namespace, name }: Named): string[] {
  return ['properties', namespace, name]
}

function namespaces(properties: unknown, check: (named: unknown) => true | string): [string, unknown][] {
  if (!isObject(properties))
    throw userError('VALIDATION', ['properties'], 'must be an object whose keys are namespaces')
  const given = Object.entries(properties)
  const wrong = given.flatMap(([namespace, named]): UserError[] => {
    const verdict = check(named)
    return verdict === true ? [] : [mistake('VALIDATION', ['properties', namespace], verdict)]
  })
  if (wrong.length > 0) throw new UserErrors(wrong)
  return given
}

function demandFew<Property>(properties: Property[]): Property[] {
  if (properties.length <= MOST_AT_ONCE) return properties
  throw userError(
    'VALIDATION',
    ['properties'],
    `must have at most ${MOST_AT_ONCE} properties; it has ${properties.length}. Use several calls`,
    { reason: 'TOO_MANY', max: MOST_AT_ONCE },
  )
}
