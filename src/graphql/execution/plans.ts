import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { textOf } from './documents.ts'
import { FieldErrors } from './field-errors.ts'
import { type Plan, type Planned, plan } from './plan.ts'

/** Fields in the plans that are remembered; each takes up to a kilobyte. */
const MOST_FIELDS = 20_000
/** Characters of a document that count as one field: its plans keep the parsed document in memory. */
const CHARACTERS_PER_FIELD = 12
/** Plans of one operation: `@skip` and `@include` make more than one. */
const MOST_OF_ONE = 4

interface Operation {
  readonly fragments: Record<string, FragmentDefinitionNode>
  /** The variables in `@skip` and `@include`. */
  readonly conditions: readonly string[]
  /** By the values of the conditions. */
  readonly plans: Map<string, Plan>
}

/** Executes operations of valid documents. It remembers their plans. */
export class Plans {
  readonly #operations = new LRUCache<OperationDefinitionNode, Operation>({ maxSize: MOST_FIELDS })

  /**
   * The same as `execute` of graphql-js, for one operation of the document.
   * @param args.variableValues as coerced
   * @returns the result, or a promise of it
   */
  execute(operation: OperationDefinitionNode, args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
    const { document, schema, rootValue, contextValue, variableValues } = args
    const { fragments, conditions, plans } = this.#operations.get(operation) ?? prepared(document)
    const planned: Planned = { schema, operation, fragments, variableValues: variableValues ?? {} }
    const errors = new FieldErrors()
    const answer = (data: unknown) => responseOf(data, errors)
    const fail = (error: unknown) => {
      errors.addToRoot(error)
      return answer(null)
    }
    try {
      const key = conditions.map((name) => String(planned.variableValues[name])).join()
      const known = plans.get(key) ?? plan(planned)
      if (!plans.has(key) && plans.size < MOST_OF_ONE) {
        plans.set(key, known)
        this.#operations.set(operation, { fragments, conditions, plans }, { size: sizeOf(document, plans) })
      }
      const data = known.execute({ ...planned, rootValue, contextValue, errors })
      return data instanceof Promise ? data.then(answer, fail) : answer(data)
    } catch (error) {
      return fail(error)
    }
  }
}

function prepared(document: DocumentNode): Operation {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  }
  return { fragments, conditions: conditionsOf(document), plans: new Map() }
}

function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'skip' && name.value !== 'include') return
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

function responseOf(data: unknown, { list }: FieldErrors): ExecutionResult {
  const result = { data: data as Record<string, unknown> | null }
  return list.length > 0 ? { errors: list, ...result } : result
}

function sizeOf(document: DocumentNode, plans: Operation['plans']): number {
  const fields = [...plans.values()].reduce((sum, { size }) => sum + size, 0)
  return fields + Math.ceil(textOf(document).length / CHARACTERS_PER_FIELD)
}
