import type { Slice } from '../contract/pagination.ts'
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
    /** @returns the targets of a slice, sorted by the bytes of their ids */
    async find(search: PropertySearch, slice: Slice<string>): Promise<string[]> {
      const found = await database.$queryRaw<{ target: string }[]>(searchStatement(search, slice))
      const targets = found.map(({ target }) => target)
      return slice.backwards ? targets.reverse() : targets
    },
  }
}

/** Whatever the test, the statement reads an index in the order of the targets' ids, from one end of the slice on. */
export function searchStatement(search: PropertySearch, slice: Slice<string>): Prisma.Sql {
  const { test } = search
  if ('words' in test) return withWords(search, test.words, slice)
  if ('values' in test) return withOneOf(search, test.values, slice)
  const without = 'excludeValues' in test ? digests(test.excludeValues) : []
  return Prisma.sql`
    select target from property_value
    where ${ofProperty(search)} and ${between(slice)}
      and digest <> all(${without}::bytea[]) and ${reachable(search)}
    order by ${nearest(slice)} limit ${slice.take}`
}

/** A target has one value, so it is in at most one of these lists, and the nearest targets of each are enough. */
function withOneOf(search: PropertySearch, values: readonly Value[], slice: Slice<string>): Prisma.Sql {
  return Prisma.sql`
    select target from unnest(${digests(values)}::bytea[]) as wanted(digest)
    cross join lateral (
      select target from property_value
      where ${ofProperty(search)} and property_value.digest = wanted.digest and ${between(slice)} and ${reachable(search)}
      order by ${nearest(slice)} limit ${slice.take}
    ) as found
    order by ${nearest(slice)} limit ${slice.take}`
}

/**
 * Leaps through the targets of all words at once: from a given place on, it finds the nearest target of each word. If these are all the
 * same target, it has all words. If not, no target before the farthest of them has all words, and the search continues there. So a
 * search costs as much as its rarest word.
 */
function withWords(search: PropertySearch, words: readonly string[], slice: Slice<string>): Prisma.Sql {
  const { backwards, take } = slice
  const nearestOfEach = (isBehind: Prisma.Sql) => Prisma.sql`
    (select min(nearest.target) as low, max(nearest.target) as high, count(nearest.target) as found
    from unnest(${words.map(digest)}::bytea[]) as wanted(word)
    cross join lateral (
      select target from property_word
      where ${ofProperty(search)} and property_word.word = wanted.word and ${isBehind}
      order by ${nearest(slice)} limit 1
    ) as nearest)`
  // A place is in front of what follows it: a target that was found, or what is just before one that was not.
  const onward = backwards
    ? Prisma.sql`target < case when leap.low = leap.high then leap.low else leap.low || chr(1) end`
    : Prisma.sql`target >= case when leap.low = leap.high then leap.high || chr(1) else leap.high end`
  return Prisma.sql`
    with recursive leap as (
      select low, high, found from ${nearestOfEach(between(slice))} as begin
      union all
      select onward.low, onward.high, onward.found from leap
      cross join lateral ${nearestOfEach(Prisma.sql`${between(slice)} and ${onward}`)} as onward
      where leap.found = ${words.length}
    )
    select high as target from leap
    where found = ${words.length} and low = high and ${reachable(search, Prisma.sql`high`)}
    limit ${take}`
}

/** @returns the condition for the targets of a slice, of which an index reads no others */
function between({ after, before }: Slice<string>): Prisma.Sql {
  const behind = Prisma.sql`target >= ${after === undefined ? '' : next(after)}`
  return before === undefined ? behind : Prisma.sql`${behind} and target < ${before}`
}

/** The order in which a slice takes its targets. */
function nearest({ backwards }: Slice<string>): Prisma.Sql {
  return backwards ? Prisma.sql`target desc` : Prisma.sql`target`
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
