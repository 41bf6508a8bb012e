import { userError, validate } from '../contract/user-error.ts'
import type { Database } from '../database/database.ts'
import type { Changes } from '../feed/change.ts'
import { type Loaded, sizeOf } from '../graphql/loaded.ts'
import type { Viewer } from '../identity/viewer.ts'
import { createPropertyRules, type PropertyDefinition, SYSTEM_NAMESPACE } from './property-definition.ts'
import { createPropertyDefinitionStore } from './property-definition-store.ts'

/** Properties that one application may define in one license. */
const MOST_PER_NAMESPACE = 200

/** The operations on definitions. The namespace of an application is its client id. */
export type PropertyDefinitions = ReturnType<typeof createPropertyDefinitionService>

export function createPropertyDefinitionService(options: { database: Database; changes: Changes }) {
  const { changes } = options
  const store = createPropertyDefinitionStore(options)
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
            `is already defined: ${name}. A definition cannot be changed; choose another name`,
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
  }
}
