import { createHash } from 'node:crypto'
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql'
import type { FeedStreamPlace } from '../../feed/feed.ts'
import type { FeedEntry } from '../../feed/feed-entry.ts'
import { type Context, renewed, viewerOf } from '../context.ts'
import { Broadcast, isUnchanged, type Member } from './broadcast.ts'
import { textOf } from './documents.ts'

/** A subscription's part in a broadcast. */
export interface Shared {
  /** @returns the result for an event, when it goes on alone @throws what is the gateway's own fault */
  resultOf(entry: FeedEntry): Promise<ExecutionResult>
  /** Follows the broadcast as long as it can. Resolves when the next event has to be read, or when the stream has ended. @throws as `begin` */
  follow(): Promise<void>
  /** To be called when the subscription has ended; may be called more than once. */
  end(): void
}

/** The broadcasts of a gateway, one for all subscriptions that are equal. */
export class Broadcasts {
  readonly #broadcasts = new Map<string, { readonly broadcast: Broadcast; streams: number }>()

  /** @param stream.execute executes the subscription for an event. @throws what is the gateway's own fault */
  share(
    operation: OperationDefinitionNode,
    args: ExecutionArgs,
    {
      place,
      execute,
    }: { place: FeedStreamPlace; execute: (entry: FeedEntry, context: Context) => Promise<ExecutionResult> },
  ): Shared {
    const key = keyOf(operation, args)
    const known = this.#broadcasts.get(key) ?? {
      broadcast: new Broadcast(execute, { tellsPrevious: textOf(args.document).includes('previousCursor') }),
      streams: 0,
    }
    this.#broadcasts.set(key, known)
    known.streams += 1
    const { broadcast } = known
    const context = args.contextValue as Context
    const { send } = context
    let member: Member | undefined
    let hasEnded = false
    const leave = () => member && broadcast.leave(member)
    place.onEnd(leave)
    return {
      resultOf: (entry) =>
        isUnchanged(context)
          ? broadcast.resultOf(entry, context, place.previous)
          : execute(entry, renewed(context, place.previous)),
      async follow() {
        await place.begin()
        if (!send || hasEnded) return
        const { promise, resolve } = Promise.withResolvers<void>()
        member = { context, place, send, left: resolve }
        if (broadcast.join(member)) await promise
      },
      end: () => {
        if (hasEnded) return
        hasEnded = true
        leave()
        known.streams -= 1
        if (known.streams === 0) this.#broadcasts.delete(key)
      },
    }
  }
}

/** Equal for subscriptions that have the same result for each event: not only what they ask for, but also what they may see. */
function keyOf(operation: OperationDefinitionNode, { document, contextValue, variableValues }: ExecutionArgs): string {
  const context = contextValue as Context
  const { licenseId, clientId, scopes } = viewerOf(context)
  const cursor = cursorVariable(document, operation)
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== cursor)
  const name = operation.name?.value
  const key = [textOf(document), name, variables, licenseId, clientId, scopes, context.inMethod]
  return createHash('sha256').update(JSON.stringify(key)).digest('base64')
}

/** @returns the variable that says where the stream begins, if it says nothing else: it makes no difference to results */
function cursorVariable(document: DocumentNode, { selectionSet }: OperationDefinitionNode): string | undefined {
  const [root] = selectionSet.selections
  const after = root?.kind === Kind.FIELD ? root.arguments?.find(({ name }) => name.value === 'after') : undefined
  if (after?.value.kind !== Kind.VARIABLE) return undefined
  const cursor = after.value.name.value
  let uses = 0
  visit(document, {
    VariableDefinition: () => false,
    Variable({ name }) {
      if (name.value === cursor) uses += 1
    },
  })
  return uses === 1 ? cursor : undefined
}
