import { Prisma, type PropertyLocation } from '../database/client/client.ts'
import type { Database } from '../database/database.ts'
import { digest } from './digest.ts'
import type { Value } from './property-value.ts'

/** What to search for in the values of one property at one location. */
export interface PropertySearch {
  readonly licenseId: number
  readonly definitionId: number
  readonly location: PropertyLocation
  readonly test: SearchTest
  /** The only application whose bot agents may be found; absent if those of every application may be. */
  readonly clientId?: string | undefined
}

export type SearchTest =
  | { readonly exists: true }
  | { readonly values: readonly Value[] }
  | { readonly excludeValues: readonly Value[] }
  /** In the form in which words are compared, without duplicates, at least one. */
  | { readonly words: readonly string[] }

/** Finds targets by their properties. See docs/decisions/property-search.md. */
export function createPropertySearchStore({ database }: { database: Database }) {
  return {
    /** @returns at most `take` targets behind `after`, sorted by the bytes of their ids */
    async find(search: PropertySearch, after: string | undefined, take: number): Promise<string[]> {
      const found = await database.$queryRaw<{ target: string }[]>(searchStatement(search, after, take))
      return found.map(({ target }) => target)
    },
  }
}

/** Whatever the test, the statement reads an index in the order of the targets' ids, from `after` on. */
export function searchStatement(search: PropertySearch, after: string | undefined, take: number): Prisma.Sql {
  const { test } = search
  const from = after === undefined ? '' : next(after)
  if ('words' in test) return withWords(search, test.words, from, take)
  if ('values' in test) return withOneOf(search, test.values, from, take)
  const without = 'excludeValues' in test ? digests(test.excludeValues) : []
  return Prisma.sql`
    select target from property_value
    where ${ofProperty(search)} and target >= ${from}
      and digest <> all(${without}::bytea[]) and ${reachable(search)}
    order by target limit ${take}`
}

/** A target has one value, so it is in at most one of these lists, and the first targets of each are enough. */
function withOneOf(search: PropertySearch, values: readonly Value[], from: string, take: number): Prisma.Sql {
  return Prisma.sql`
    select found.target from unnest(${digests(values)}::bytea[]) as wanted(digest)
    cross join lateral (
      select target from property_value
      where ${ofProperty(search)} and property_value.digest = wanted.digest and target >= ${from} and ${reachable(search)}
      order by target limit ${take}
    ) as found
    order by found.target limit ${take}`
}

/**
 * Leaps through the targets of all words at once: from a given place on, it finds the first target of each word. If these are all the
 * same target, it has all words. If not, no target before the last of them has all words, and the search continues there. So a search
 * costs as much as its rarest word.
 */
function withWords(search: PropertySearch, words: readonly string[], from: string, take: number): Prisma.Sql {
  const firsts = (place: Prisma.Sql) => Prisma.sql`
    (select min(first.target) as low, max(first.target) as high, count(first.target) as found
    from unnest(${words.map(digest)}::bytea[]) as wanted(word)
    cross join lateral (
      select target from property_word
      where ${ofProperty(search)} and property_word.word = wanted.word and target >= ${place}
      order by target limit 1
    ) as first)`
  return Prisma.sql`
    with recursive leap as (
      select low, high, found from ${firsts(Prisma.sql`${from}`)} as begin
      union all
      select onward.low, onward.high, onward.found from leap
      cross join lateral ${firsts(Prisma.sql`case when leap.low = leap.high then leap.high || chr(1) else leap.high end`)} as onward
      where leap.found = ${words.length}
    )
    select high as target from leap
    where found = ${words.length} and low = high and ${reachable(search, Prisma.sql`high`)}
    limit ${take}`
}

function ofProperty({ licenseId, definitionId, location }: PropertySearch): Prisma.Sql {
  return Prisma.sql`license_id = ${licenseId} and definition_id = ${definitionId} and location = ${location}::property_location`
}

function reachable({ clientId }: PropertySearch, target = Prisma.sql`target`): Prisma.Sql {
  if (clientId === undefined) return Prisma.sql`true`
  return Prisma.sql`exists (
    select from bot_agent where bot_agent.id = ${target} collate "default" and bot_agent.client_id = ${clientId})`
}

/** @returns the text that follows another, in the order of bytes. No text contains U+0000. */
function next(text: string): string {
  return `${text}\u0001`
}

function digests(values: readonly Value[]): Buffer[] {
  return values.map((value) => digest(JSON.stringify(value)))
}
