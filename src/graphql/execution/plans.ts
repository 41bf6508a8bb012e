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
import type { Context } from '../context.ts'
import { Loaded } from '../loaded.ts'
import { textOf } from './documents.ts'
import { FieldErrors } from './field-errors.ts'
import { withKeptJson } from './kept-json.ts'
import { type Plan, type Planned, plan } from './plan.ts'

/** Fields in the plans that are remembered; each takes up to a kilobyte. */
const MOST_FIELDS = 20_000
/** Characters of a document that count as one field: its plans keep the parsed document in memory. */
const CHARACTERS_PER_FIELD = 12
/** Plans of one operation: `@skip` and `@include` make more than one. */
const MOST_OF_ONE = 4

interface Prepared {
  readonly fragments: Record<string, FragmentDefinitionNode>
  /** The variables in `@skip` and `@include`. */
  readonly conditions: readonly string[]
  /** By the values of the conditions. */
  readonly plans: Map<string, Plan>
  /** That it was kept with. */
  size: number
}

/** Executes operations of valid documents, and remembers their plans. */
export class Plans {
  readonly #operations = new LRUCache<OperationDefinitionNode, Prepared>({ maxSize: MOST_FIELDS })

  /**
   * The same as `execute` of graphql-js, for one operation of the document.
   * @param args.variableValues as coerced
   * @returns the result, or a promise of it
   */
  execute(operation: OperationDefinitionNode, args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
    const { document, schema, rootValue, contextValue } = args
    const prepared = this.#operations.get(operation) ?? prepare(document)
    const planned: Planned = {
      schema,
      operation,
      fragments: prepared.fragments,
      variableValues: args.variableValues ?? {},
    }
    const errors = new FieldErrors()
    const { loaded = new Loaded() } = (contextValue ?? {}) as Partial<Context>
    const run = { ...planned, rootValue, contextValue, errors, loaded, hasKept: false }
    const answer = (data: unknown) => {
      this.#keep(operation, document, prepared)
      const result = responseOf(data, errors)
      return run.hasKept && !result.errors ? withKeptJson(result) : result
    }
    const fail = (error: unknown) => {
      errors.addToRoot(error)
      return answer(null)
    }
    try {
      const data = planFor(prepared, planned).execute(run)
      return data instanceof Promise ? data.then(answer, fail) : answer(data)
    } catch (error) {
      return fail(error)
    }
  }

  /** Plans grow while they are used. */
  #keep(operation: OperationDefinitionNode, document: DocumentNode, prepared: Prepared): void {
    const size = sizeOf(document, prepared.plans)
    if (size === prepared.size) return
    prepared.size = size
    this.#operations.set(operation, prepared, { size })
  }
}

function planFor({ conditions, plans }: Prepared, planned: Planned): Plan {
  // A plan must not keep the values of other variables in memory.
  const variableValues = Object.fromEntries(conditions.map((name) => [name, planned.variableValues[name]]))
  const key = String(Object.values(variableValues))
  const known = plans.get(key)
  if (known) return known
  const made = plan({ ...planned, variableValues })
  if (plans.size < MOST_OF_ONE) plans.set(key, made)
  return made
}

function prepare(document: DocumentNode): Prepared {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  }
  return { fragments, conditions: conditionsOf(document), plans: new Map(), size: 0 }
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

function sizeOf(document: DocumentNode, plans: Prepared['plans']): number {
  const fields = [...plans.values()].reduce((sum, { size }) => sum + size(), 0)
  return fields + Math.ceil(textOf(document).length / CHARACTERS_PER_FIELD)
}
