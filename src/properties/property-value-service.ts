import DataLoader from 'dataloader'
import type { Audited } from '../audit/audit-entry.ts'
import { audit } from '../audit/audit-entry-store.ts'
import type { BotAgents } from '../bot-agents/bot-agent-service.ts'
import type { ChatEvents } from '../chat-events/chat-event-service.ts'
import { quoted } from '../contract/quoted.ts'
import { RequestError } from '../contract/request-error.ts'
import { mistake, type UserError, UserErrors, userError } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import { isMissingReference } from '../database/missing-reference.ts'
import type { Change, Changes } from '../feed/change.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import type { Actor } from '../identity/actor.ts'
import type { Viewer } from '../identity/viewer.ts'
import { isVisible, mayAccess, type PropertyDefinition, wrongValue } from './property-definition.ts'
import { createPropertyDefinitionStore } from './property-definition-store.ts'
import { changeEvents } from './property-event.ts'
import { fieldOf, givenNames, givenValues, type Named } from './property-input.ts'
import { noRoom } from './property-room.ts'
import { type GivenTarget, type PropertyTarget, targetOf, wrongId } from './property-target.ts'
import type { PropertyValue, Value } from './property-value.ts'
import { createPropertyValueStore, type StoredValue } from './property-value-store.ts'

/** Bot agents whose properties one statement loads. */
const TARGETS_AT_ONCE = 50

/** How often values are set by definitions that turn out to be gone. */
const MOST_ATTEMPTS = 3

const valueSize = ({ namespace, name, value }: StoredValue) => namespace.length + name.length + sizeOf(value)

/** A change of properties, as a caller gives it. */
export interface PropertyChange {
  readonly target: GivenTarget
  /** As the caller wrote it. */
  readonly properties?: unknown
  /** For a THREAD: the chat that it belongs to. */
  readonly chatId?: string | null | undefined
}

/** The operations on the values of properties: a viewer sees those that it may read, and changes those that it may write. */
export type PropertyValues = ReturnType<typeof createPropertyValueService>

export function createPropertyValueService(options: {
  database: Database
  changes: Changes
  chatEvents: ChatEvents
  botAgents: BotAgents
}) {
  const { changes, chatEvents, botAgents } = options
  const store = createPropertyValueStore(options)
  const definitions = createPropertyDefinitionStore(options)

  /** Locks the target, so that nobody else changes or removes it in the meantime. @returns the bot agent, if it is one */
  async function lock(change: Change, viewer: Viewer, target: PropertyTarget): Promise<Audited | undefined> {
    await store.lockTarget(change, viewer.licenseId, target)
    if (target.location !== 'BOT_AGENT') return undefined
    const botAgent = await botAgents.keep(change, viewer, target.id)
    if (botAgent) return botAgent
    const id = quoted(target.id)
    throw userError('NOT_FOUND', ['target', 'id'], `is not the id of a bot agent that you may see: ${id}`)
  }

  /** @returns the properties with their definitions, and an error NOT_FOUND for each one that the viewer may not write */
  async function writable<Property extends Named>(viewer: Viewer, properties: readonly Property[]) {
    const found = await definitions.find(viewer.licenseId, properties)
    const byName = new Map(found.map((definition) => [nameOf(definition), definition]))
    const wrong: UserError[] = []
    const pairs = properties.flatMap((property) => {
      const definition = byName.get(nameOf(property))
      const forbidden = notWritable(viewer, definition)
      if (forbidden) wrong.push(mistake('NOT_FOUND', fieldOf(property), forbidden))
      return definition && !forbidden ? [{ ...property, definition }] : []
    })
    return { pairs, wrong }
  }

  async function commit(
    actor: Actor,
    { target: given, chatId }: PropertyChange,
    kind: 'updated' | 'deleted',
    /** @returns the properties that the target has afterwards, and which of them have changed */
    make: (
      change: Change,
      target: PropertyTarget,
      before: readonly StoredValue[],
    ) => Promise<{ after: readonly StoredValue[]; changed: readonly StoredValue[] }>,
  ): Promise<PropertyValue[]> {
    const { licenseId, clientId } = actor
    const target = demandTarget(given, chatId)
    const { location, id } = target
    const after = await changes.commit(async (change) => {
      const botAgent = await lock(change, actor, target)
      const before = await store.find(licenseId, location, [id], change.transaction)
      const { after, changed } = await make(change, target, before)
      for (const event of changeEvents(kind, target, chatId ?? null, changed)) {
        chatEvents.raise(change, { licenseId, clientId, ...event })
      }
      if (botAgent && changed.length > 0) {
        await audit(change, actor, kind === 'updated' ? 'PROPERTIES_SET' : 'PROPERTIES_DELETED', [botAgent])
      }
      return after
    })
    return readable(actor, after)
  }

  async function setAsDefined(actor: Actor, input: PropertyChange): Promise<PropertyValue[]> {
    const { pairs, wrong } = await writable(actor, givenValues(input.properties))
    for (const pair of pairs) {
      const message = wrongValue(pair.definition, pair.value)
      if (message) wrong.push(mistake('VALIDATION', fieldOf(pair), message))
    }
    if (wrong.length > 0) throw new UserErrors(wrong)

    return commit(actor, input, 'updated', async (change, target, before) => {
      const now = new Map(before.map((value) => [value.definitionId, value]))
      const changing = pairs
        .map(({ definition, value }) => ({ definition, value: value as Value }))
        .filter(({ definition, value }) => now.get(definition.id)?.value !== value)
      const changed = changing.map(({ definition, value }) => stored(target, definition, value))
      for (const value of changed) now.set(value.definitionId, value)
      const after = [...now.values()].sort(byName)
      if (changed.length > 0) {
        const wrong = noRoom(before, after)
        if (wrong) throw userError('LIMIT_REACHED', ['properties'], wrong)
        await store.write(change, actor.licenseId, target, changing)
      }
      return { after, changed }
    })
  }

  return {
    /**
     * The properties of a target that the viewer may read, by namespace and name; none if the viewer may not see the target.
     * @throws RequestError BAD_USER_INPUT for an id that the location can't have
     */
    async of(viewer: Viewer, loaded: Loaded, given: GivenTarget): Promise<PropertyValue[]> {
      const wrong = wrongId(given)
      if (wrong) throw new RequestError('BAD_USER_INPUT', `\`target.id\` ${wrong}.`)
      const { location, id } = targetOf(given)
      if (location === 'BOT_AGENT' && !(await botAgents.loader(viewer, loaded).load(id))) return []
      return readable(viewer, await loaded.read(() => store.find(viewer.licenseId, location, [id]), valueSize))
    },

    /** Loads the properties of bot agents that the viewer may see, by id, within one operation. */
    botAgentLoader(viewer: Viewer, loaded: Loaded): DataLoader<string, PropertyValue[]> {
      return new DataLoader<string, PropertyValue[]>(
        async (ids) => {
          const read = () => store.find(viewer.licenseId, 'BOT_AGENT', ids)
          const byTarget = Map.groupBy(await loaded.read(read, valueSize), ({ target }) => target)
          return ids.map((id) => readable(viewer, byTarget.get(id) ?? []))
        },
        { maxBatchSize: TARGETS_AT_ONCE },
      )
    },

    /**
     * Sets all of the properties or none. A property that has the value already does not change.
     * @returns the properties of the target that the viewer may read afterwards
     * @throws UserErrors VALIDATION, NOT_FOUND, LIMIT_REACHED: one for each property that can't be set
     */
    async set(actor: Actor, input: PropertyChange): Promise<PropertyValue[]> {
      for (let attempt = 1; ; attempt++) {
        try {
          return await setAsDefined(actor, input)
        } catch (error) {
          // A definition was replaced or removed since it was looked up.
          if (!isMissingReference(error) || attempt === MOST_ATTEMPTS) throw error
        }
      }
    },

    /**
     * Deletes all of the properties or none. Properties that the target does not have are ignored.
     * @returns the properties of the target that the viewer may read afterwards
     * @throws UserErrors VALIDATION, NOT_FOUND: one for each property that is not defined, or that the viewer may not write
     */
    async delete(actor: Actor, input: PropertyChange): Promise<PropertyValue[]> {
      const { pairs, wrong } = await writable(actor, givenNames(input.properties))
      if (wrong.length > 0) throw new UserErrors(wrong)
      const leaving = new Set(pairs.map(({ definition }) => definition.id))

      return commit(actor, input, 'deleted', async (change, target, before) => {
        const changed = before.filter(({ definitionId }) => leaving.has(definitionId))
        const ids = changed.map(({ definitionId }) => definitionId)
        if (changed.length > 0) await store.remove(change, actor.licenseId, target, ids)
        return { after: before.filter(({ definitionId }) => !leaving.has(definitionId)), changed }
      })
    },
  }
}

function demandTarget(target: GivenTarget, chatId: string | null | undefined): PropertyTarget {
  const wrong = wrongId(target)
  if (wrong) throw userError('VALIDATION', ['target', 'id'], wrong)
  if (chatId !== null && chatId !== undefined) {
    const wrongChat =
      target.location === 'THREAD'
        ? wrongId({ location: 'CHAT', id: chatId })
        : 'is only for targets at the location THREAD'
    if (wrongChat) throw userError('VALIDATION', ['chatId'], wrongChat)
  }
  return targetOf(target)
}

/** @returns why the viewer may not write the property, as a text that follows its name; `undefined` if it may */
function notWritable(viewer: Viewer, definition: PropertyDefinition | undefined): string | undefined {
  if (!definition || !isVisible(viewer, definition)) {
    return 'is not defined, or you may not use it. `propertyDefinitions` lists the properties that you may use'
  }
  return mayAccess(viewer, definition, 'WRITE')
    ? undefined
    : `is read-only: the application ${definition.namespace} lets others read it, but not change it`
}

function stored(target: PropertyTarget, definition: PropertyDefinition, value: Value): StoredValue {
  const { id: definitionId, namespace, name, licenseId, access } = definition
  return { target: target.id, definitionId, namespace, name, value, licenseId, access }
}

function readable(viewer: Viewer, values: readonly StoredValue[]): PropertyValue[] {
  return values.filter((value) => mayAccess(viewer, value, 'READ'))
}

function nameOf({ namespace, name }: Named): string {
  return JSON.stringify([namespace, name])
}

function byName(one: Named, other: Named): number {
  return one.namespace === other.namespace
    ? Buffer.compare(Buffer.from(one.name), Buffer.from(other.name))
    : Buffer.compare(Buffer.from(one.namespace), Buffer.from(other.namespace))
}
