import { z } from 'zod'
import { type Identified, isIdOf } from './identifier.ts'
import { quoted } from './quoted.ts'
import { RequestError } from './request-error.ts'

export const MOST_PER_PAGE = 100

/** One page of a list that can grow. Relay: GraphQL Cursor Connections. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

/**
 * Reads one page. A cursor contains the sort key of its node, so it stays valid after the node is removed.
 * @throws RequestError BAD_USER_INPUT if `first` or `after` is not valid
 */
export async function paginate<Node, Key extends z.ZodType>(
  { first, after }: PageArguments,
  options: {
    key: Key
    keyOf: (node: Node) => z.input<Key>
    /** @returns at most `take` nodes whose keys lie behind `after`, in order */
    read: (after: z.output<Key> | undefined, take: number) => Promise<readonly Node[]>
  },
): Promise<Connection<Node>> {
  const size = first ?? 50
  if (size < 0 || size > MOST_PER_PAGE) {
    throw new RequestError('BAD_USER_INPUT', `\`first\` must be from 0 to ${MOST_PER_PAGE}; it is ${size}.`)
  }
  const place = after === null || after === undefined ? undefined : decode(options.key, after)
  const nodes = await options.read(place, size + 1)
  const edges = nodes.slice(0, size).map((node) => new Edge(node, options.keyOf))
  return {
    edges,
    pageInfo: {
      hasNextPage: nodes.length > size,
      hasPreviousPage: place !== undefined,
      get startCursor() {
        return edges.at(0)?.cursor ?? null
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null
      },
    },
  }
}

/** Makes its cursor when it is asked for: most lists are read without. */
class Edge<Node> {
  readonly node: Node
  readonly #keyOf: (node: Node) => unknown

  constructor(node: Node, keyOf: (node: Node) => unknown) {
    this.node = node
    this.#keyOf = keyOf
  }

  get cursor(): string {
    return encode(this.#keyOf(this.node))
  }
}

function encode(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function decode<Key extends z.ZodType>(key: Key, cursor: string): z.output<Key> {
  const { success, data } = json.pipe(key).safeParse(Buffer.from(cursor, 'base64url').toString())
  if (success) return data
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`after\` is not a cursor of this list: ${quoted(cursor)}. Pass the \`endCursor\` of the previous page, or omit it.`,
  )
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('not JSON')
    return z.NEVER
  }
})

/** The place of a row in a list that is sorted by creation. `id` orders rows of the same millisecond. */
export interface Place {
  readonly createdAt: Date
  readonly id: string
}

/** Options of `paginate`: the cursors of a list by creation. Make them once for each list. */
export function byCreation(type: Identified) {
  const time = z.iso
    .datetime()
    .transform((text) => new Date(text))
    .pipe(z.date().min(new Date(0)))
  return {
    key: z
      .tuple([time, z.string().refine((id) => isIdOf(type, id))])
      .transform(([createdAt, id]): Place => ({ createdAt, id })),
    keyOf: ({ createdAt, id }: Place): [string, string] => [createdAt.toISOString(), id],
  }
}

/** Prisma's `where` for the rows behind a place, in a list by creation that is sorted in this direction. */
export function behind(place: Place | undefined, direction: 'asc' | 'desc') {
  if (!place) return {}
  const { createdAt, id } = place
  return direction === 'asc'
    ? { createdAt: { gte: createdAt }, OR: [{ createdAt: { gt: createdAt } }, { id: { gt: id } }] }
    : { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] }
}
