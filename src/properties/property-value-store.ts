import type { PropertyAccess, PropertyLocation } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Change } from '../feed/change.ts'
import { digest } from './digest.ts'
import type { PropertyDefinition } from './property-definition.ts'
import type { PropertyTarget } from './property-target.ts'
import type { PropertyValue, Value } from './property-value.ts'
import { wordsOf } from './words.ts'

/** A value, with what decides who may see it. */
export interface StoredValue extends PropertyValue {
  readonly target: string
  readonly definitionId: number
  readonly licenseId: number | null
  readonly access: readonly PropertyAccess[]
}

/** Rows of `property_value` and `property_word`. */
export function createPropertyValueStore({ database }: { database: Database }) {
  return {
    /** Makes the changes of one target's properties run one after the other. */
    async lockTarget({ transaction }: Change, licenseId: number, { location, id }: PropertyTarget): Promise<void> {
      const locked = `properties of ${licenseId} ${location} ${id}`
      await transaction.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${locked}, 0))::text`
    },

    /** @returns all values of these targets, of every namespace, by namespace and name */
    find(
      licenseId: number,
      location: PropertyLocation,
      targets: readonly string[],
      transaction: Transaction = database,
    ): Promise<StoredValue[]> {
      return transaction.$queryRaw<StoredValue[]>`
        select target, value, definition_id as "definitionId", namespace, name, property_definition.license_id as "licenseId",
          access::text[] as access
        from property_value join property_definition on property_definition.id = definition_id
        where property_value.license_id = ${licenseId} and location = ${location}::property_location
          and target = any(${targets})
        order by namespace collate "C", name collate "C"`
    },

    /** Sets values, and replaces those that the target has. */
    async write(
      { transaction }: Change,
      licenseId: number,
      { location, id }: PropertyTarget,
      values: readonly { definition: PropertyDefinition; value: Value }[],
    ): Promise<void> {
      const rows = values.map(({ definition, value }) => ({
        definitionId: definition.id,
        value,
        digest: digest(JSON.stringify(value)).toString('hex'),
      }))
      await transaction.$executeRaw`
        insert into property_value (license_id, location, target, definition_id, value, digest, bot_agent_id)
        select ${licenseId}, ${location}::property_location, ${id}, "definitionId", value, decode(digest, 'hex'),
          ${location === 'BOT_AGENT' ? id : null}
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given("definitionId" int, value jsonb, digest text)
        on conflict (license_id, location, target, definition_id)
          do update set value = excluded.value, digest = excluded.digest`

      const tokenized = values.filter(({ definition }) => definition.type === 'TOKENIZED_STRING')
      if (tokenized.length === 0) return
      const words = tokenized.flatMap(({ definition, value }) =>
        wordsOf(String(value)).map((word) => ({ definitionId: definition.id, word: digest(word).toString('hex') })),
      )
      await transaction.$executeRaw`
        delete from property_word
        where license_id = ${licenseId} and location = ${location}::property_location and target = ${id}
          and definition_id = any(${tokenized.map(({ definition }) => definition.id)})`
      await transaction.$executeRaw`
        insert into property_word (license_id, definition_id, location, word, target)
        select ${licenseId}, "definitionId", ${location}::property_location, decode(word, 'hex'), ${id}
        from jsonb_to_recordset(${JSON.stringify(words)}::jsonb) as given("definitionId" int, word text)`
    },

    /** Removes values, and with them the words by which they are found. */
    async remove(
      { transaction }: Change,
      licenseId: number,
      { location, id }: PropertyTarget,
      definitionIds: readonly number[],
    ): Promise<void> {
      await transaction.$executeRaw`
        delete from property_value
        where license_id = ${licenseId} and location = ${location}::property_location and target = ${id}
          and definition_id = any(${definitionIds})`
    },
  }
}
