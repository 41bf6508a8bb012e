import { type ASTNode, type GraphQLError, type GraphQLResolveInfo, locatedError } from 'graphql'

/** Where a value is in the response, from the inside out. */
export type ExecutionPath = GraphQLResolveInfo['path']

/** Where a field error happened. */
interface Place {
  readonly nodes: readonly ASTNode[]
  readonly path: ExecutionPath
  readonly isNonNull: boolean
}

/** The errors of one execution. GraphQL, section 6.4.4. */
export class FieldErrors {
  readonly list: GraphQLError[] = []
  /** How many fields have failed, also those whose errors are not reported. */
  count = 0
  readonly #nulled = new Set<ExecutionPath | undefined>()

  /** @returns null, the value of a field that has failed @throws the error, if the field must not be null: the error belongs to its parent */
  handle(error: unknown, { nodes, path, isNonNull }: Place): null {
    this.count += 1
    const located = locatedError(error, nodes, keysOf(path))
    if (isNonNull) throw located
    this.#add(located, path)
    return null
  }

  /** Adds an error that has reached the root. */
  addToRoot(error: unknown): void {
    this.#add(error as GraphQLError, undefined)
  }

  /** Errors inside of what is null already are not reported. */
  #add(error: GraphQLError, path: ExecutionPath | undefined): void {
    if (this.#nulled.has(undefined)) return
    for (let at = path; at; at = at.prev) if (this.#nulled.has(at)) return
    this.#nulled.add(path)
    this.list.push(error)
  }
}

function keysOf(path: ExecutionPath): (string | number)[] {
  const keys: (string | number)[] = []
  for (let at: ExecutionPath | undefined = path; at; at = at.prev) keys.push(at.key)
  return keys.reverse()
}
