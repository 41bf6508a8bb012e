import DataLoader from 'dataloader'
import { turnLimits } from '../admission/turns.ts'
import type { Audited } from '../audit/audit-entry.ts'
import { audit } from '../audit/audit-entry-store.ts'
import type { ChatEvents, Raising } from '../chat-events/chat-event-service.ts'
import { botAgentIds, isIdOf, newBotAgentId } from '../contract/identifier.ts'
import { MOST_PER_PAGE } from '../contract/pagination.ts'
import { quoted } from '../contract/quoted.ts'
import { mistake, Outdated, userError, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import type { Encryption } from '../database/encryption.ts'
import type { Reader } from '../database/reader.ts'
import { sharedLoader } from '../database/shared-loader.ts'
import type { Outbox } from '../deliveries/outbox.ts'
import type { WebhooksNotices } from '../deliveries/webhooks-notices.ts'
import { type Change, type Changes, partsOf, type StatementChange } from '../feed/change.ts'
import type { Feed, FeedStream, SubscribeOptions } from '../feed/feed.ts'
import type { FeedFilter } from '../feed/feed-entry.ts'
import { subjectOf } from '../feed/subject.ts'
import type { Loaded } from '../graphql/loaded.ts'
import type { Actor, By } from '../identity/actor.ts'
import { listed, own, reachOf } from '../identity/reach.ts'
import type { TokenBinding } from '../identity/revocation/revocation-service.ts'
import { revoked } from '../identity/unauthenticated.ts'
import { tenantOf, type Viewer } from '../identity/viewer.ts'
import type { AllowedNetworks } from '../outbound/addresses.ts'
import type { FormerSecretKeys } from '../webhooks/former-secret-keys.ts'
import { unmasked } from '../webhooks/static-headers.ts'
import { type BotAgent, botAgentRules, botAgentSize, type UpdatedColumns, wireStatus } from './bot-agent.ts'
import { botAgentChanged, botAgentTopics, changedFields } from './bot-agent-change.ts'
import type { BotAgentKeys } from './bot-agent-keys.ts'
import { createBotAgentLists } from './bot-agent-lists.ts'
import { botAgentPolicy } from './bot-agent-policy.ts'
import { createBotAgentReads } from './bot-agent-reads.ts'
import { updatedSecrets } from './bot-agent-secrets.ts'
import { statusChanged } from './bot-agent-status-change.ts'
import { createBotAgentStore } from './bot-agent-store.ts'
import {
  listensOrStops,
  type NotUpdated,
  type SettingsUpdate,
  type Updating,
  updateSettings,
} from './bot-agent-update.ts'

/** The operations on bot agents. The schema has checked that the viewer has the scope; here it decides which bot agents are in reach. */
export type BotAgents = ReturnType<typeof createBotAgentService>

export function createBotAgentService(options: {
  database: Database
  reader: Reader
  encryption: Encryption
  formerSecretKeys: FormerSecretKeys
  feed: Feed
  changes: Changes
  outbox: Outbox
  notices: WebhooksNotices
  keys: BotAgentKeys
  chatEvents: ChatEvents
  binding: TokenBinding
  allowed: AllowedNetworks
  /** How many bot agents one application may own in one license. */
  limit: number
}) {
  const { feed, changes, outbox, notices, keys, chatEvents, binding, limit, encryption } = options
  const reads = createBotAgentReads(options)
  const store = createBotAgentStore(options)
  const rules = botAgentRules(options.allowed)

  const follow =
    (topics: FeedFilter['topics']) =>
    (
      viewer: Viewer,
      { all, botAgentIds: given, ...stream }: SubscribeOptions & { all: boolean; botAgentIds?: readonly string[] },
    ): FeedStream => {
      const only = given && { botAgentIds: botAgentIds(given) }
      return feed.subscribe({ topics, ...listed(viewer, { all }), ...only }, stream)
    }

  const raiseStatus = (change: Change, botAgent: BotAgent) =>
    chatEvents.raise(change, { action: 'AGENT_STATUS_CHANGED', ...statusEvent(botAgent) })

  const partOf = (within: Change | undefined) => (within ? partsOf(within) : changes)

  const outdated = (actor: Actor, id: string, expected: Date | undefined) => {
    const message = `is not when the bot agent was last updated: ${expected?.toISOString()}. Look at it as it is now, and try again`
    return new Outdated([mistake('CONFLICT', ['expectedUpdatedAt'], message, { reason: 'OUTDATED' })], async () => {
      const [present = null] = await reads.find(own(actor), [id])
      return present
    })
  }

  /** Most updates only set the status, and many may come at a time: those that come together share a statement. */
  async function updateSettingsOf(
    actor: Actor,
    id: string,
    settings: SettingsUpdate,
    expected: Date | undefined,
  ): Promise<BotAgent> {
    const write = async (raising?: Raising) => {
      const updating = { actor, id, settings, expected, raising }
      const [updated] = raising?.parts ? await writeAtOnce([updating]) : [await writtenTogether.load(updating)]
      return updated === undefined || updated === 'WAIT' ? writeInTurn(updating) : demandWritten(updating, updated)
    }
    const { licenseId, clientId } = actor
    const { status } = settings
    const updated = status
      ? await chatEvents.raiseWithin(
          { action: 'AGENT_STATUS_CHANGED', ...statusEvent({ id, licenseId, clientId, status }) },
          write,
        )
      : await write()
    if (updated === 'OUTDATED') throw new Error('The listeners were out of date, although they were not asked about')
    return updated
  }

  const writeSettings = (change: StatementChange, updates: readonly Updating[]) =>
    updateSettings(change, updates, { held: binding.part(updates.map(({ actor }) => actor)), encryption })

  const writeAtOnce = (updates: readonly Updating[]) =>
    changes.commitStatement(async (change) => {
      const updated = await writeSettings(change, updates)
      for (const [index, { actor }] of updates.entries()) {
        if (typeof updated[index] === 'object') binding.bound(change, actor)
      }
      return updated
    })

  const writtenTogether = sharedLoader<Updating, BotAgent | NotUpdated>(
    async (updates) => {
      // Of those of the same bot agent, the first one. The others wait.
      const keys = updates.map(({ actor, id }) => `${tenantOf(actor)} ${id}`)
      const first = updates.filter((_, index) => keys.indexOf(keys[index] ?? '') === index)
      const updated = await writeAtOnce(first)
      return updates.map((updating) => updated[first.indexOf(updating)] ?? 'WAIT')
    },
    // Two at a time would meet at the locks of a license.
    { maxBatchSize: turnLimits.atOnce, atOnce: 1 },
  )

  /** Takes each lock that the statement needs before it: the statement appends, and would hold up the feed while it waits. */
  function writeInTurn(updating: Updating): Promise<BotAgent | 'OUTDATED'> {
    const { actor, id, settings } = updating
    return changes.commit(async (change) => {
      await binding.bind(change, actor)
      const locked = await store.lock(change, own(actor), id)
      if (locked && listensOrStops(locked.before, settings)) await store.lockListeners(change, actor)
      const [updated] = await writeSettings(change, [updating])
      if (updated === undefined || updated === 'WAIT') throw new Error('An update waits for a lock that it has')
      return demandWritten(updating, updated)
    })
  }

  function demandWritten(
    { actor, id, expected }: Updating,
    updated: BotAgent | Exclude<NotUpdated, 'WAIT'>,
  ): BotAgent | 'OUTDATED' {
    if (updated === 'REVOKED') throw revoked(actor)
    if (updated === 'NOT_FOUND') throw notFound('id', id)
    if (updated === 'CONFLICT') throw outdated(actor, id, expected)
    return updated
  }

  /** Statement by statement: the webhooks, and what is part of another change. */
  function updateInSteps(
    actor: Actor,
    id: string,
    columns: UpdatedColumns,
    { expected, within }: HowToUpdate,
  ): Promise<BotAgent> {
    return partOf(within).commit(async (change) => {
      await binding.bind(change, actor)
      const locked = await store.lock(change, own(actor), id)
      if (!locked) throw notFound('id', id)
      if (expected && locked.before.updatedAt.getTime() !== expected.getTime()) throw outdated(actor, id, expected)
      const { webhooks, areNew } = updatedSecrets(encryption, id, columns.webhooks, locked)
      if (webhooks && webhooks.secretKey === undefined && !locked.secretKey) {
        throw userError(
          'VALIDATION',
          ['webhooks', 'secretKey'],
          'is required: the first webhooks of a bot agent need a secret key',
          { reason: 'REQUIRED' },
        )
      }
      const { before } = locked
      const { accessTokenHash } = actor
      const updated = await store.update(change, id, { ...columns, webhooks }, { accessTokenHash, locked })
      const fields = changedFields(before, updated, { newSecrets: areNew })
      if (updated.status === before.status) {
        change.append([botAgentChanged(updated, { fields })])
      } else {
        const { status: previousStatus } = before
        change.append([statusChanged(updated, { status: updated.status, previousStatus, reason: 'UPDATED', fields })])
        raiseStatus(change, updated)
      }
      if (webhooks) outbox.resume(change, id)
      if (webhooks === null) await outbox.cancel(change, id)
      await audit(change, actor, 'UPDATED', [updated])
      const was = before.webhooks?.state ?? 'ACTIVE'
      if (webhooks && was !== 'ACTIVE') {
        notices.append(change, 'WEBHOOKS_NOTICE', updated, { kind: 'ENABLED', was, by: 'updateBotAgent' })
        await audit(change, actor, 'ENABLED', [updated])
      }
      return updated
    })
  }

  return {
    /** Loads bot agents by id, within one operation; null for those that do not exist or that the viewer may not see. */
    loader(viewer: Viewer, loaded: Loaded): DataLoader<string, BotAgent | null> {
      return new DataLoader<string, BotAgent | null>(
        async (ids) => {
          const reach = reachOf(viewer, botAgentPolicy.read)
          const possible = ids.filter((id) => isIdOf('BotAgent', id))
          const found =
            reach && possible.length > 0 ? await loaded.read(() => reads.find(reach, possible), botAgentSize) : []
          const byId = new Map(found.map((botAgent) => [botAgent.id, botAgent]))
          return ids.map((id) => byId.get(id) ?? null)
        },
        { maxBatchSize: MOST_PER_PAGE },
      )
    },

    /** Keeps a bot agent that the viewer may see from being removed until the change has ended. @returns `undefined` if there is none */
    async keep(change: Change, viewer: Viewer, id: string): Promise<Audited | undefined> {
      const reach = reachOf(viewer, botAgentPolicy.read)
      return reach && isIdOf('BotAgent', id) ? store.keep(change, reach, id) : undefined
    },

    ...createBotAgentLists(reads),

    /**
     * @param input in the form of botAgentRules
     * @param within the change that this is a part of; absent: one of its own
     * @returns what was created, or what was created before with the same idempotency key
     * @throws UserErrors VALIDATION, LIMIT_REACHED, CONFLICT; Unauthenticated
     */
    create(actor: Actor, input: object, within?: Change): Promise<BotAgent> {
      const { idempotencyKey, ...columns } = validate(rules.create, input)
      // No value is stored yet that the mask could stand for.
      unmasked(columns.webhooks?.headers ?? [], [])
      const owner = own(actor)
      const key = idempotencyKey ? { ...owner, key: idempotencyKey } : undefined
      return partOf(within).commit(async (change) => {
        await binding.bind(change, actor)
        await store.lockOwner(change, owner)
        const before = key && (await keys.find(change, key, columns))
        if (before) return before
        if ((await store.count(change, owner)) >= limit) {
          throw userError(
            'LIMIT_REACHED',
            null,
            `An application may own at most ${limit} bot agents in a license. Remove one first.`,
            { reason: 'TOO_MANY', max: limit },
          )
        }
        const { accessTokenHash } = actor
        const created = await store.insert(change, { ...owner, id: newBotAgentId(), accessTokenHash }, columns)
        const { status } = created
        change.append([statusChanged(created, { status, previousStatus: null, reason: 'CREATED' })])
        if (status !== 'OFFLINE') raiseStatus(change, created)
        await audit(change, actor, 'CREATED', [created])
        if (key) await keys.take(change, key, { input: columns, botAgent: created })
        return created
      })
    },

    /**
     * Updates a bot agent of the actor's own application, whatever the scopes.
     * @param input its id, and the rest in the form of botAgentRules
     * @param within as for `create`
     * @throws UserErrors VALIDATION, NOT_FOUND, CONFLICT; Unauthenticated
     */
    update(actor: Actor, { id, ...input }: { id: string }, within?: Change): Promise<BotAgent> {
      const { webhooks, expectedUpdatedAt: expected, ...settings } = validate(rules.update, input)
      if (!isIdOf('BotAgent', id)) throw notFound('id', id)
      return webhooks === undefined && !within
        ? updateSettingsOf(actor, id, settings, expected)
        : updateInSteps(actor, id, { ...settings, webhooks }, { expected, within })
    },

    /** @param within as for `create` @returns its id @throws UserErrors NOT_FOUND */
    remove(actor: Actor, id: string, within?: Change): Promise<string> {
      const { licenseId } = actor
      const reach = reachOf(actor, botAgentPolicy.remove)
      return partOf(within).commit(async (change) => {
        const removed = reach && isIdOf('BotAgent', id) && (await store.remove(change, reach, id))
        if (!removed) throw notFound('botAgentId', id)
        const { clientId, status: previousStatus } = removed
        const botAgent = { id, licenseId, clientId }
        change.append([statusChanged(botAgent, { status: 'OFFLINE', previousStatus, reason: 'REMOVED' })])
        await outbox.cancel(change, id)
        const data = { agent_id: id }
        chatEvents.raise(change, { licenseId, clientId, action: 'AGENT_DELETED', data, except: id })
        await audit(change, actor, 'REMOVED', [botAgent])
        return id
      })
    },

    /** Logs out the bot agents whose log-in is tied to these access tokens, as part of the change that revokes the tokens. */
    async logOut(change: Change, accessTokenHashes: readonly Uint8Array[], by: By): Promise<void> {
      const loggedOut = await store.logOut(change, accessTokenHashes)
      change.append(
        loggedOut.map(({ previousStatus, ...botAgent }) =>
          statusChanged(botAgent, { status: 'OFFLINE', previousStatus, reason: 'TOKEN_REVOKED' }),
        ),
      )
      await chatEvents.raiseAll(
        change,
        'AGENT_STATUS_CHANGED',
        loggedOut.map((botAgent) => statusEvent({ ...botAgent, status: 'OFFLINE' })),
      )
      await audit(change, by, 'REVOKED', loggedOut)
    },

    /** Changes of the status of the viewer's own bot agents, or of all in the license. */
    statusChanges: follow(['BOT_AGENT_STATUS']),

    /** All changes of the viewer's own bot agents, or of all in the license. */
    changes: follow(botAgentTopics),

    /** The bot agent that an entry is about, as it is now; null once it is removed. */
    subjectOf: subjectOf({
      idOf: ({ botAgentId }) => botAgentId,
      find: (licenseId, ids) => reads.find({ licenseId }, ids),
    }),
  }
}

interface HowToUpdate {
  /** When it must have been updated last. */
  readonly expected: Date | undefined
  /** The change that it is a part of. */
  readonly within: Change | undefined
}

function statusEvent({ id, licenseId, clientId, status }: Pick<BotAgent, 'id' | 'licenseId' | 'clientId' | 'status'>) {
  return { licenseId, clientId, data: { agent_id: id, status: wireStatus(status) }, except: id }
}

function notFound(field: string, id: string) {
  return userError('NOT_FOUND', [field], `is not the id of a bot agent that you may change: ${quoted(id)}`)
}
