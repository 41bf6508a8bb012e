import type { Draft } from './draft.ts'
import { type Part, parts } from './parts.ts'

/** @returns the parts in which two drafts differ */
export function changesBetween(before: Draft, after: Draft): readonly Part[] {
  return parts.filter(({ identity }) => identity(before) !== identity(after))
}

/** What others have changed meanwhile, beside what the reader has changed. */
export interface Overlap {
  readonly theirs: readonly Part[]
  /** Those of them that the reader has changed too, to something else. */
  readonly both: readonly Part[]
}

export function overlapOf(base: Draft, mine: Draft, now: Draft): Overlap {
  const theirs = changesBetween(base, now)
  const own = new Set(changesBetween(base, mine))
  return { theirs, both: theirs.filter((part) => own.has(part) && part.identity(mine) !== part.identity(now)) }
}

/** @returns the draft of the reader with what others have changed @param kept names of parts that stay as the reader has them */
export function merged(base: Draft, mine: Draft, now: Draft, kept: ReadonlySet<string>): Draft {
  const { theirs } = overlapOf(base, mine, now)
  return theirs.filter(({ name }) => !kept.has(name)).reduce((draft, part) => part.take(draft, now), mine)
}
