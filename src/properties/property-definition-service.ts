import { quoted } from '../contract/quoted.ts'
import { userError, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import type { Change, Changes } from '../feed/change.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import type { Viewer } from '../identity/viewer.ts'
import {
  createPropertyRules,
  type PropertyDefinition,
  removePropertyRules,
  SYSTEM_NAMESPACE,
} from './property-definition.ts'
import { createPropertyDefinitionStore } from './property-definition-store.ts'

/** Properties that one application may define in one license. */
const MOST_PER_NAMESPACE = 200

/** The operations on definitions. The namespace of an application is its client id. */
export type PropertyDefinitions = ReturnType<typeof createPropertyDefinitionService>

export function createPropertyDefinitionService(options: { database: Database; changes: Changes }) {
  const { changes } = options
  const store = createPropertyDefinitionStore(options)

  /** Removes a definition that has no values. @throws UserErrors NOT_FOUND; CONFLICT if it has values */
  async function removeUnused(change: Change, owner: { licenseId: number; namespace: string }, name: string) {
    const id = await store.lockOne(change, owner, name)
    if (id === undefined) {
      throw userError('NOT_FOUND', ['name'], `is not a property that your application has defined: ${quoted(name)}`)
    }
    if (await store.hasValues(change, owner.licenseId, id)) {
      throw userError(
        'CONFLICT',
        ['name'],
        `has values, so its definition must stay as it is: ${name}. Delete the values first: \`propertySearch\` with \`exists\` finds them`,
      )
    }
    await store.remove(change, id)
  }

  return {
    /**
     * @returns the viewer's own definitions, those that every license has, and those of other applications whose values the viewer may
     * access
     */
    list(
      { licenseId, clientId }: Viewer,
      loaded: Loaded,
      namespace: string | null,
    ): Promise<readonly PropertyDefinition[]> {
      return loaded.read(() => store.visible(licenseId, clientId, namespace), sizeOf)
    },

    /**
     * @param input in the form of createPropertyRules
     * @throws UserErrors VALIDATION; CONFLICT if the name is taken; LIMIT_REACHED
     */
    async create({ licenseId, clientId: namespace }: Viewer, input: object): Promise<PropertyDefinition> {
      const columns = validate(createPropertyRules, input)
      if (namespace === SYSTEM_NAMESPACE) {
        throw userError(
          'CONFLICT',
          null,
          `The namespace ${SYSTEM_NAMESPACE} is reserved, so an application with this client id cannot define properties.`,
        )
      }
      return changes.commit(async (change) => {
        await store.lock(change, licenseId, namespace)
        const { name } = columns
        if ((await store.find(licenseId, [{ namespace, name }], change.transaction)).length > 0) {
          throw userError(
            'CONFLICT',
            ['name'],
            `is already defined: ${name}. Choose another name, or use \`updateProperty\` if it has no values yet`,
          )
        }
        if ((await store.count(change, licenseId, namespace)) >= MOST_PER_NAMESPACE) {
          throw userError(
            'LIMIT_REACHED',
            null,
            `An application may define at most ${MOST_PER_NAMESPACE} properties in a license. Use an existing one.`,
            { reason: 'TOO_MANY', max: MOST_PER_NAMESPACE },
          )
        }
        return store.insert(change, { licenseId, namespace }, columns)
      })
    },

    /**
     * Replaces a definition that has no values. The new one has another id, so a value that is being set by the old one is not added to it.
     * @param input in the form of createPropertyRules
     * @throws UserErrors VALIDATION; NOT_FOUND; CONFLICT if it has values
     */
    async update({ licenseId, clientId: namespace }: Viewer, input: object): Promise<PropertyDefinition> {
      const columns = validate(createPropertyRules, input)
      const owner = { licenseId, namespace }
      return changes.commit(async (change) => {
        await removeUnused(change, owner, columns.name)
        return store.insert(change, owner, columns)
      })
    },

    /**
     * Removes a definition that has no values.
     * @param input in the form of removePropertyRules
     * @throws UserErrors VALIDATION; NOT_FOUND; CONFLICT if it has values
     */
    async delete({ licenseId, clientId: namespace }: Viewer, input: object): Promise<{ name: string }> {
      const { name } = validate(removePropertyRules, input)
      await changes.commit((change) => removeUnused(change, { licenseId, namespace }, name))
      return { name }
    },
  }
}
