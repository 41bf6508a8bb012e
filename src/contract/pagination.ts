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

/** Relay: the `first` nodes from the beginning, or the `last` ones up to the end, between two cursors. */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

/** What to read of a list: at most `take` nodes that lie behind `after` and in front of `before`. */
export interface Slice<Key> {
  readonly after: Key | undefined
  readonly before: Key | undefined
  /** Whether to take those nearest to the end, instead of those nearest to the beginning. */
  readonly backwards: boolean
  readonly take: number
}

/** The nodes of a slice of which reading stopped early. */
export interface Stopped<Node, Content> {
  readonly nodes: readonly Node[]
  /** The place up to which was read, as a cursor holds it. */
  readonly at: Content
}

/**
 * Reads one page. A cursor contains the sort key of its node, so it stays valid after the node is removed.
 * @throws RequestError BAD_USER_INPUT if the arguments are not valid
 */
export async function paginate<Node, Key extends z.ZodType>(
  { first, after, last, before }: PageArguments,
  options: {
    key: Key
    keyOf: (node: Node) => z.input<Key>
    /** @returns why a cursor that holds something else than a key of this list is not one, if that can be told */
    mistaken?: (content: unknown) => string | undefined
    /** @returns the nodes of a slice, in the order of the list whichever end they are taken from */
    read: (slice: Slice<z.output<Key>>) => Promise<readonly Node[] | Stopped<Node, z.input<Key>>>
  },
): Promise<Connection<Node>> {
  const size = sizeOf(first, last)
  const backwards = isGiven(last)
  const slice = {
    after: isGiven(after) ? decode(options, 'after', after) : undefined,
    before: isGiven(before) ? decode(options, 'before', before) : undefined,
  }
  const read = await options.read({ ...slice, backwards, take: size + 1 })
  const [nodes, stopped] = 'nodes' in read ? [read.nodes, encode(read.at)] : [read]
  const more = nodes.length > size || stopped !== undefined
  const page = backwards ? nodes.slice(Math.max(0, nodes.length - size)) : nodes.slice(0, size)
  const edges = page.map((node) => new Edge(node, options.keyOf))
  return {
    edges,
    pageInfo: {
      // Of what lies beyond a cursor it is only known that there was something when the cursor was made.
      hasNextPage: (more && !backwards) || slice.before !== undefined,
      hasPreviousPage: (more && backwards) || slice.after !== undefined,
      get startCursor() {
        return (backwards ? stopped : undefined) ?? edges.at(0)?.cursor ?? null
      },
      get endCursor() {
        return (backwards ? undefined : stopped) ?? edges.at(-1)?.cursor ?? null
      },
    },
  }
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined
}

function sizeOf(first: number | null | undefined, last: number | null | undefined): number {
  if (isGiven(first) && isGiven(last)) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `\`first\` and \`last\` cannot be used together: they are ${first} and ${last}. Omit one of them.`,
    )
  }
  const size = first ?? last ?? 50
  if (size >= 0 && size <= MOST_PER_PAGE) return size
  const name = isGiven(first) ? 'first' : 'last'
  throw new RequestError('BAD_USER_INPUT', `\`${name}\` must be from 0 to ${MOST_PER_PAGE}; it is ${size}.`)
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

function decode<Key extends z.ZodType>(
  { key, mistaken }: { key: Key; mistaken?: (content: unknown) => string | undefined },
  argument: 'after' | 'before',
  cursor: string,
): z.output<Key> {
  const content = json.safeParse(Buffer.from(cursor, 'base64url').toString())
  const parsed = key.safeParse(content.data)
  if (content.success && parsed.success) return parsed.data
  const why = content.success && mistaken?.(content.data)
  const [from, neighbour] = argument === 'after' ? ['endCursor', 'previous'] : ['startCursor', 'next']
  throw new RequestError(
    'BAD_USER_INPUT',
    `\`${argument}\` is not a cursor of this list: ${why || `${quoted(cursor)}. Pass the \`${from}\` of the ${neighbour} page, or omit it.`}`,
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

/** A time in a cursor. */
export const timeInCursor = z.iso
  .datetime()
  .transform((text) => new Date(text))
  .pipe(z.date().min(new Date(0)))

/** The id of a node in a cursor. */
export function idInCursor(type: Identified) {
  return z.string().refine((id) => isIdOf(type, id))
}

/** Options of `paginate`: the cursors of a list by creation. Make them once for each list. */
export function byCreation(type: Identified) {
  return {
    key: z.tuple([timeInCursor, idInCursor(type)]).transform(([createdAt, id]): Place => ({ createdAt, id })),
    keyOf: ({ createdAt, id }: Place): [string, string] => [createdAt.toISOString(), id],
  }
}
