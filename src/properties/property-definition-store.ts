import { isStorable } from '../contract/validation.ts'
import { Prisma, type PropertyDefinition as Row } from '../database/client/client.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Change } from '../feed/change.ts'
import { type CreateProperty, isPropertyName, type PropertyDefinition } from './property-definition.ts'
import type { Named } from './property-input.ts'
import type { Value } from './property-value.ts'

/** Rows of `property_definition`. Those without a license belong to every license. */
export function createPropertyDefinitionStore({ database }: { database: Database }) {
  return {
    /** @returns the definitions with these names, as far as they exist */
    async find(licenseId: number, names: readonly Named[], transaction: Transaction = database) {
      const storable = names.filter(({ namespace, name }) => isNamespace(namespace) && isPropertyName(name))
      const rows = await transaction.propertyDefinition.findMany({
        where: {
          OR: [{ licenseId }, { licenseId: null }],
          namespace: { in: [...new Set(storable.map(({ namespace }) => namespace))] },
          name: { in: [...new Set(storable.map(({ name }) => name))] },
        },
      })
      return rows.map(toDefinition)
    },

    /** @returns the definitions that an application owns or may use, by namespace and name */
    async visible(licenseId: number, clientId: string, namespace: string | null): Promise<PropertyDefinition[]> {
      if (namespace !== null && !isNamespace(namespace)) return []
      const rows = await database.propertyDefinition.findMany({
        where: {
          OR: [{ licenseId: null }, { licenseId, namespace: clientId }, { licenseId, access: { isEmpty: false } }],
          ...(namespace !== null && { AND: { namespace } }),
        },
        orderBy: [{ namespace: 'asc' }, { name: 'asc' }],
      })
      return rows.map(toDefinition)
    },

    /** Makes the transactions that add to one namespace run one after the other. */
    async lock({ transaction }: Change, licenseId: number, namespace: string): Promise<void> {
      const locked = `property definitions of ${licenseId} ${namespace}`
      await transaction.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${locked}, 0))::text`
    },

    count({ transaction }: Change, licenseId: number, namespace: string): Promise<number> {
      return transaction.propertyDefinition.count({ where: { licenseId, namespace } })
    },

    async insert(
      { transaction }: Change,
      owner: { licenseId: number; namespace: string },
      { domain, range, ...columns }: CreateProperty,
    ): Promise<PropertyDefinition> {
      const data = {
        ...owner,
        ...columns,
        domain: domain ?? Prisma.DbNull,
        rangeFrom: range?.from ?? null,
        rangeTo: range?.to ?? null,
      }
      return toDefinition(await transaction.propertyDefinition.create({ data }))
    },

    /** Locks a definition: until the end of the transaction no value of it can be added. @returns its id, if it exists */
    async lockOne(
      { transaction }: Change,
      { licenseId, namespace }: { licenseId: number; namespace: string },
      name: string,
    ): Promise<number | undefined> {
      const [row] = await transaction.$queryRaw<{ id: number }[]>`
        select id from property_definition
        where license_id = ${licenseId} and namespace = ${namespace} and name = ${name} for update`
      return row?.id
    },

    async hasValues({ transaction }: Change, licenseId: number, id: number): Promise<boolean> {
      const value = await transaction.propertyValue.findFirst({
        where: { licenseId, definitionId: id },
        select: { definitionId: true },
      })
      return value !== null
    },

    async remove({ transaction }: Change, id: number): Promise<void> {
      await transaction.propertyDefinition.delete({ where: { id } })
    },
  }
}

function toDefinition({ rangeFrom, rangeTo, domain, ...row }: Row): PropertyDefinition {
  const range = rangeFrom === null || rangeTo === null ? null : { from: rangeFrom, to: rangeTo }
  return { ...row, domain: domain as Value[] | null, range }
}

/** Whether it can be the client_id of an application. */
function isNamespace(namespace: string): boolean {
  return namespace.length <= 255 && isStorable(namespace)
}
