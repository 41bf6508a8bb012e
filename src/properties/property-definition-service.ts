import { userError, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import type { Changes } from '../feed/change.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import type { Viewer } from '../identity/viewer.ts'
import { createPropertyRules, type PropertyDefinition, SYSTEM_NAMESPACE } from './property-definition.ts'
import { createPropertyDefinitionStore } from './property-definition-store.ts'

/** Properties that one application may define in one license. */
export const MOST_PER_NAMESPACE = 200

/** What one may do with definitions: each application has the namespace of its client_id. */
export type PropertyDefinitions = ReturnType<typeof createPropertyDefinitionService>

export function createPropertyDefinitionService(options: { database: Database; changes: Changes }) {
  const { changes } = options
  const store = createPropertyDefinitionStore(options)
  return {
    /** Those of the viewer, those that every license has, and those of others that the viewer may read or write. */
    list(
      { licenseId, clientId }: Viewer,
      loaded: Loaded,
      namespace: string | null,
    ): Promise<readonly PropertyDefinition[]> {
      return loaded.read(() => store.visible(licenseId, clientId, namespace), sizeOf)
    },

    /**
     * @param input in the form of createPropertyRules
     * @throws UserErrors VALIDATION; CONFLICT for a name that is taken, LIMIT_REACHED
     */
    async create({ licenseId, clientId: namespace }: Viewer, input: object): Promise<PropertyDefinition> {
      const columns = validate(createPropertyRules, input)
      if (namespace === SYSTEM_NAMESPACE) {
        throw userError(
          'CONFLICT',
          null,
          `The namespace ${SYSTEM_NAMESPACE} is the system's, so an application with this client_id can define no properties; use another one.`,
        )
      }
      return changes.commit(async (change) => {
        await store.lock(change, licenseId, namespace)
        const { name } = columns
        if ((await store.find(licenseId, [{ namespace, name }], change.transaction)).length > 0) {
          throw userError('CONFLICT', ['name'], `is taken: ${name}. A definition stays as it is; choose another name`)
        }
        if ((await store.count(change, licenseId, namespace)) >= MOST_PER_NAMESPACE) {
          throw userError(
            'LIMIT_REACHED',
            null,
            `An application may define ${MOST_PER_NAMESPACE} properties in a license; use those that there are.`,
          )
        }
        return store.insert(change, { licenseId, namespace }, columns)
      })
    },
  }
}
