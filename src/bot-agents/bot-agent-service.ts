import DataLoader from 'dataloader'
import { z } from 'zod'
import { type Audited, audit } from '../audit/audit-entry.ts'
import type { ChatEvents } from '../chat-events/chat-event-service.ts'
import { cancelDeliveries } from '../chat-events/chat-event-store.ts'
import { botAgentIds, isIdOf, newBotAgentId } from '../contract/identifier.ts'
import { type Connection, MOST_PER_PAGE, type PageArguments, paginate } from '../contract/pagination.ts'
import { quoted } from '../contract/quoted.ts'
import { obey, userError } from '../contract/user-error.ts'
import type { BotAgentStatus } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import type { Feed, SubscribeOptions } from '../feed/feed.ts'
import type { FeedEntry } from '../feed/feed-entry.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import type { Actor, By } from '../identity/actor.ts'
import type { TokenBinding } from '../identity/revocation/revocation-service.ts'
import type { Scope } from '../identity/scope.ts'
import { may, type Viewer } from '../identity/viewer.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import { type BotAgent, botAgentRules, wireStatus } from './bot-agent.ts'
import { statusChanged } from './bot-agent-status-change.ts'
import { botAgentStore, type Reach } from './bot-agent-store.ts'

/** What one may do with bot agents. That the viewer holds a scope at all is the schema's to ask; here it decides the reach. */
export type BotAgents = ReturnType<typeof botAgentService>

const placeInList = z.tuple([
  z.iso
    .datetime()
    .transform((text) => new Date(text))
    .pipe(z.date().min(new Date(0))),
  z.string().refine((id) => isIdOf('BotAgent', id)),
])

export function botAgentService(options: {
  database: Database
  encryption: Encryption
  feed: Feed
  chatEvents: ChatEvents
  tokens: TokenBinding
  /** Networks to which webhooks may go although they are not public. */
  allowed: AllowedNetworks
  /** How many bot agents one application may own in one license. */
  limit: number
}) {
  const { database, feed, chatEvents, tokens, limit } = options
  const store = botAgentStore(options)
  const rules = botAgentRules(options.allowed)

  const raiseStatus = (transaction: Transaction, botAgent: BotAgent) =>
    chatEvents.raise(transaction, { action: 'AGENT_STATUS_CHANGED', ...statusEvent(botAgent) })

  /** One load of the present state for all who are told of the same change. */
  const afterChange = new WeakMap<FeedEntry, Promise<BotAgent | null>>()
  const present = new DataLoader<{ licenseId: number; id: string }, BotAgent | null, string>(
    async (keys) => {
      const byLicense = Map.groupBy(keys, ({ licenseId }) => licenseId)
      const found = await Promise.all(
        [...byLicense].map(([licenseId, of]) => store.find({ licenseId }, [...new Set(of.map(({ id }) => id))])),
      )
      const byId = new Map(found.flat().map((botAgent) => [botAgent.id, botAgent]))
      return keys.map(({ id }) => byId.get(id) ?? null)
    },
    { cache: false },
  )

  return {
    /** Loads bot agents of the viewer's reach by id, for as long as one operation runs; null for what is not there. */
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, BotAgent | null> {
      return new DataLoader<string, BotAgent | null>(
        async (ids) => {
          const visible = visibleTo(viewer)
          const asked = ids.filter((id) => isIdOf('BotAgent', id))
          const found =
            visible && asked.length > 0 ? await loaded.read(() => store.find(visible, asked), botAgentSize) : []
          const byId = new Map(found.map((botAgent) => [botAgent.id, botAgent]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: MOST_PER_PAGE },
      )
    },

    /** If the viewer sees it, nobody removes it until the transaction ends. @returns whose it is, if so */
    async hold(transaction: Transaction, viewer: Viewer, id: string): Promise<Audited | undefined> {
      const visible = visibleTo(viewer)
      return visible && isIdOf('BotAgent', id) ? store.hold(transaction, visible, id) : undefined
    },

    /** @throws RequestError BAD_USER_INPUT for a page that can't be. */
    list(
      viewer: Viewer,
      loaded: Loaded,
      { all, statuses, ...page }: PageArguments & { all: boolean; statuses?: readonly BotAgentStatus[] },
    ): Promise<Connection<BotAgent> & { totalCount: () => Promise<number> }> {
      const listed = all ? { licenseId: viewer.licenseId } : own(viewer)
      const selection = statuses ? { statuses: [...new Set(statuses)] } : {}
      const totalCount = async () => {
        const [count = 0] = await loaded.read(
          async () => [await store.count(listed, selection)],
          () => 0,
        )
        return count
      }
      return paginate<BotAgent, typeof placeInList>(page, {
        key: placeInList,
        keyOf: ({ createdAt, id }) => [createdAt.toISOString(), id],
        read: (after, take) =>
          loaded.read(
            () => store.page(listed, selection, after && { createdAt: after[0], id: after[1] }, take),
            botAgentSize,
          ),
      }).then((connection) => ({ ...connection, totalCount }))
    },

    /** @param input in the form of botAgentRules @throws UserErrors VALIDATION, LIMIT_REACHED; Unauthenticated */
    async create(actor: Actor, input: object): Promise<BotAgent> {
      const columns = obey(rules.create, input)
      const owner = own(actor)
      const botAgent = await database.$transaction(async (transaction) => {
        await tokens.bind(transaction, actor)
        await store.lockOwner(transaction, owner)
        if ((await store.count(owner, {}, transaction)) >= limit) {
          throw userError(
            'LIMIT_REACHED',
            null,
            `An application may own ${limit} bot agents in a license; remove one first.`,
          )
        }
        const id = newBotAgentId()
        const created = await store.insert(
          transaction,
          { ...owner, id, accessTokenHash: actor.accessTokenHash },
          columns,
        )
        const { status } = created
        await feed.append(transaction, [statusChanged(created, { status, previousStatus: null, reason: 'CREATED' })])
        if (status !== 'OFFLINE') await raiseStatus(transaction, created)
        await audit(transaction, actor, 'CREATED', [created])
        return created
      })
      tokens.bound(actor)
      feed.hint()
      chatEvents.hint()
      return botAgent
    },

    /**
     * For owners alone, whatever else the viewer may.
     * @param input its id, and the rest in the form of botAgentRules
     * @throws UserErrors VALIDATION, NOT_FOUND; Unauthenticated
     */
    async update(actor: Actor, { id, ...input }: { id: string }): Promise<BotAgent> {
      const columns = obey(rules.update, input)
      const botAgent = await database.$transaction(async (transaction) => {
        await tokens.bind(transaction, actor)
        const locked = isIdOf('BotAgent', id) && (await store.lock(transaction, own(actor), id))
        if (!locked) throw notFound('id', id)
        const { status: previousStatus } = locked
        const { accessTokenHash } = actor
        const updated = await store.update(transaction, id, columns, { accessTokenHash, locked })
        const { status } = updated
        if (status !== previousStatus) {
          await feed.append(transaction, [statusChanged(updated, { status, previousStatus, reason: 'UPDATED' })])
          await raiseStatus(transaction, updated)
        }
        if (columns.webhooks === null) await cancelDeliveries(transaction, id)
        await audit(transaction, actor, 'UPDATED', [updated])
        return updated
      })
      tokens.bound(actor)
      feed.hint()
      chatEvents.hint()
      return botAgent
    },

    /** @throws UserErrors NOT_FOUND */
    async remove(actor: Actor, id: string): Promise<string> {
      await database.$transaction(async (transaction) => {
        const removed =
          isIdOf('BotAgent', id) && (await store.remove(transaction, reach(actor, 'agents-bot--all:rw'), id))
        if (!removed) throw notFound('botAgentId', id)
        const { clientId, status: previousStatus } = removed
        await feed.append(transaction, [
          statusChanged(
            { id, licenseId: actor.licenseId, clientId },
            { status: 'OFFLINE', previousStatus, reason: 'REMOVED' },
          ),
        ])
        await cancelDeliveries(transaction, id)
        await chatEvents.raise(transaction, {
          licenseId: actor.licenseId,
          clientId,
          action: 'AGENT_DELETED',
          data: { agent_id: id },
          except: id,
        })
        await audit(transaction, actor, 'REMOVED', [{ id, licenseId: actor.licenseId, clientId }])
      })
      feed.hint()
      chatEvents.hint()
      return id
    },

    /** Those that hang on these access tokens, in the transaction that revokes them; `hint` when it has committed. */
    async logOut(transaction: Transaction, accessTokenHashes: readonly Uint8Array[], by: By): Promise<void> {
      const loggedOut = await store.logOut(transaction, accessTokenHashes)
      await feed.append(
        transaction,
        loggedOut.map(({ previousStatus, ...botAgent }) =>
          statusChanged(botAgent, { status: 'OFFLINE', previousStatus, reason: 'TOKEN_REVOKED' }),
        ),
      )
      await chatEvents.raiseAll(
        transaction,
        'AGENT_STATUS_CHANGED',
        loggedOut.map((botAgent) => statusEvent({ ...botAgent, status: 'OFFLINE' })),
      )
      await audit(transaction, by, 'REVOKED', loggedOut)
    },

    /** Entries of the topic BOT_AGENT_STATUS, from the viewer's own bot agents or from all of the license. */
    statusChanges(
      viewer: Viewer,
      { all, botAgentIds: given, ...stream }: SubscribeOptions & { all: boolean; botAgentIds?: readonly string[] },
    ): AsyncIterableIterator<FeedEntry> {
      const listed = all ? { licenseId: viewer.licenseId } : own(viewer)
      const only = given && { botAgentIds: botAgentIds(given) }
      return feed.subscribe({ topic: 'BOT_AGENT_STATUS', ...listed, ...only }, stream)
    },

    /** The bot agent as it is once the change has come about; null once it was removed. */
    present(entry: FeedEntry): Promise<BotAgent | null> {
      const loaded = afterChange.get(entry) ?? present.load({ licenseId: entry.licenseId, id: entry.botAgentId })
      afterChange.set(entry, loaded)
      return loaded
    },
  }
}

function own({ licenseId, clientId }: Viewer): Required<Reach> {
  return { licenseId, clientId }
}

function reach(viewer: Viewer, opensAll: Scope): Reach {
  return may(viewer, opensAll) ? { licenseId: viewer.licenseId } : own(viewer)
}

/** The bot agents that the viewer sees; `undefined`: none. */
export function visibleTo(viewer: Viewer): Reach | undefined {
  return may(viewer, 'agents-bot--my:ro') ? reach(viewer, 'agents-bot--all:ro') : undefined
}

/** About how many bytes it takes; what it listens to is the one large part. */
function botAgentSize({ name, avatar, groups, webhooks }: BotAgent): number {
  return 300 + name.length + (avatar?.length ?? 0) + 32 * groups.length + sizeOf(webhooks?.actions)
}

function statusEvent({ id, licenseId, clientId, status }: Pick<BotAgent, 'id' | 'licenseId' | 'clientId' | 'status'>) {
  return { licenseId, clientId, data: { agent_id: id, status: wireStatus(status) }, except: id }
}

function notFound(field: string, id: string) {
  return userError('NOT_FOUND', [field], `names no bot agent that you may change: ${quoted(id)}`)
}
