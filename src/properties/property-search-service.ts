import { z } from 'zod'
import { botAgentPolicy } from '../bot-agents/bot-agent-policy.ts'
import { type Connection, type PageArguments, paginate } from '../contract/pagination.ts'
import { quoted } from '../contract/quoted.ts'
import { RequestError } from '../contract/request-error.ts'
import { isStorable } from '../contract/validation.ts'
import type { PropertyLocation } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import type { Loaded } from '../graphql/loaded.ts'
import { type Reach, reachOf } from '../identity/reach.ts'
import type { Viewer } from '../identity/viewer.ts'
import { mayAccess, type PropertyDefinition } from './property-definition.ts'
import { createPropertyDefinitionStore } from './property-definition-store.ts'
import { createPropertySearchStore, type PropertySearch, type SearchTest } from './property-search-store.ts'
import type { PropertyTarget } from './property-target.ts'
import { type Value, wrongType } from './property-value.ts'
import { wordsOf } from './words.ts'

const MOST_VALUES = 100
const MOST_WORDS = 32

/** What a caller searches for. Exactly one of the tests is set. */
export interface PropertySearchInput {
  readonly location: PropertyLocation
  readonly namespace: string
  readonly name: string
  readonly exists?: boolean | null | undefined
  readonly values?: readonly unknown[] | null | undefined
  readonly excludeValues?: readonly unknown[] | null | undefined
  readonly words?: string | null | undefined
}

/** Characters that the id of a target may have, each of up to two code units. */
const LONGEST_ID = 255
const placeInList = z.tuple([
  z
    .string()
    .max(2 * LONGEST_ID)
    .refine(isStorable),
])

export type PropertySearches = ReturnType<typeof createPropertySearchService>

export function createPropertySearchService(options: { database: Database }) {
  const store = createPropertySearchStore(options)
  const definitions = createPropertyDefinitionStore(options)

  return {
    /**
     * The targets at a location whose property passes the test, sorted by the bytes of their ids. Finds only bot agents that the viewer
     * may see.
     * @throws RequestError BAD_USER_INPUT for a property that the viewer may not read, a test that does not fit it, or a page that
     *   is not valid
     */
    async find(
      viewer: Viewer,
      loaded: Loaded,
      where: PropertySearchInput,
      page: PageArguments,
    ): Promise<Connection<PropertyTarget>> {
      const { licenseId } = viewer
      const { location } = where
      const test = demandOneTest(where)
      const definition = (await definitions.find(licenseId, [where]))[0]
      if (!definition || !mayAccess(viewer, definition, 'READ')) {
        const property = quoted(`${where.namespace}.${where.name}`)
        throw wrong(
          `does not name a property that you may read: ${property}. \`propertyDefinitions\` lists the properties that you may use.`,
        )
      }
      const searchTest = testOf(test, where, definition)
      const visible: Reach | undefined = location === 'BOT_AGENT' ? reachOf(viewer, botAgentPolicy.read) : { licenseId }
      const search: PropertySearch = {
        licenseId,
        definitionId: definition.id,
        location,
        test: searchTest,
        clientId: visible?.clientId,
      }
      return paginate(page, {
        key: placeInList,
        keyOf: ({ id }): [string] => [id],
        read: async ({ after, before, ...slice }) => {
          if (!visible) return []
          const found = await loaded.read(
            () => store.find(search, { ...slice, after: after?.[0], before: before?.[0] }),
            (target) => target.length,
          )
          return found.map((id) => ({ location, id }))
        },
      })
    },
  }
}

const tests = ['exists', 'values', 'excludeValues', 'words'] as const

function demandOneTest(where: PropertySearchInput): (typeof tests)[number] {
  const given = tests.filter((test) => where[test] !== null && where[test] !== undefined)
  if (given[0] && given.length === 1) return given[0]
  throw wrong(`must have exactly one of ${tests.join(', ')}; it has ${given.join(' and ') || 'none of them'}.`)
}

function testOf(test: (typeof tests)[number], where: PropertySearchInput, definition: PropertyDefinition): SearchTest {
  switch (test) {
    case 'exists':
      if (where.exists) return { exists: true }
      throw wrong('cannot have `exists: false`: only targets that have a property can be found.')
    case 'values':
      return { values: valuesOf('values', where.values ?? [], definition) }
    case 'excludeValues':
      return { excludeValues: valuesOf('excludeValues', where.excludeValues ?? [], definition) }
    case 'words':
      return { words: searchedWords(where.words ?? '', definition) }
  }
}

function valuesOf(test: string, values: readonly unknown[], { type }: PropertyDefinition): Value[] {
  if (values.length < 1 || values.length > MOST_VALUES) {
    throw wrong(`must have 1 to ${MOST_VALUES} items in \`${test}\`; it has ${values.length}.`)
  }
  for (const [index, value] of values.entries()) {
    const message = wrongType(type, value)
    if (message) throw new RequestError('BAD_USER_INPUT', `\`where.${test}.${index}\` ${message}.`)
  }
  return [...new Set(values as Value[])]
}

function searchedWords(text: string, { type, namespace, name }: PropertyDefinition): string[] {
  if (type !== 'TOKENIZED_STRING') {
    throw wrong(`has \`words\`, which is for properties of the type TOKENIZED_STRING; ${namespace}.${name} is ${type}.`)
  }
  const words = wordsOf(text)
  if (words.length >= 1 && words.length <= MOST_WORDS) return words
  throw wrong(
    `must have 1 to ${MOST_WORDS} words in \`words\`; it has ${words.length}. A word is a run of letters and digits; emoji and punctuation are not words.`,
  )
}

function wrong(message: string): RequestError {
  return new RequestError('BAD_USER_INPUT', `\`where\` ${message}`)
}
