import type { Database, Transaction } from '../database/database.ts'
import type { Feed } from './feed.ts'
import type { NewFeedEntry, NewFeedNotice } from './feed-entry.ts'

/**
 * A change that writes with one statement. That statement may add entries to the feed itself; functions that build such a statement
 * take the change, and call `appended`.
 */
export interface StatementChange {
  /** Runs the statements of the change. */
  readonly transaction: Transaction
  /**
   * Notes that the statement adds entries to the feed, so that the feed is woken after the commit.
   * @param options.if is called after the commit, and returns whether any entries were added; absent: always wakes the feed
   */
  appended(options?: { if: () => boolean }): void
  /** Calls `act` after the commit: once, however often it is passed, and not at all if the change fails. */
  afterCommit(act: () => void): void
}

/**
 * One change: its statements, and what belongs to them. Every function that writes takes the change as its first argument
 * (`audit(change, …)`, `chatEvents.raise(change, …)`, `outbox.cancel(change, …)`), so nothing can be written without waking the feed
 * and everything else that waits for it.
 */
export interface Change extends StatementChange {
  /** Adds entries to the feed, as the last statement of the change: from then to its commit it holds up all streams. */
  append(entries: readonly (NewFeedEntry | NewFeedNotice)[]): void
  /** Calls `act` when everything else but these entries is written: for statements that may add entries by themselves. */
  atEnd(act: () => Promise<void>): void
}

/** Runs changes. */
export interface Changes {
  /**
   * Runs `make` in a transaction, which is rolled back if it throws.
   * @param options.timeout milliseconds for the whole transaction; absent: 10 s
   * @returns what `make` returns, after the commit
   */
  commit<Result>(make: (change: Change) => Promise<Result>, options?: { timeout: number }): Promise<Result>
  /**
   * The same for a change that writes with one statement. The statement is a transaction by itself, so none is begun for it. The change
   * may read before it writes.
   */
  commitStatement<Result>(make: (change: StatementChange) => Promise<Result>): Promise<Result>
}

/** @returns changes that are parts of one that is running: they are committed with it, or not at all */
export function partsOf(change: Change): Changes {
  return { commit: (make) => make(change), commitStatement: (make) => make(change) }
}

export function createChanges({ database, feed }: { database: Database; feed: Pick<Feed, 'wake'> }): Changes {
  const run = async <Result>(
    make: (change: Change) => Promise<Result>,
    begin: (work: (transaction: Transaction) => Promise<Result>) => Promise<Result>,
  ): Promise<Result> => {
    const acts = new Set<() => void>()
    const isAppended: (() => boolean)[] = []
    const appended: (NewFeedEntry | NewFeedNotice)[] = []
    const last: (() => Promise<void>)[] = []
    const result = await begin(async (transaction) => {
      const made = await make({
        transaction,
        append(entries) {
          // A revocation may append more than a call can have arguments.
          for (const entry of entries) appended.push(entry)
        },
        atEnd: (act) => void last.push(act),
        appended: (options) => void isAppended.push(options?.if ?? (() => true)),
        afterCommit: (act) => void acts.add(act),
      })
      for (const act of last) await act()
      if (appended.length > 0) await transaction.feedEntry.createMany({ data: appended.map((entry) => ({ ...entry })) })
      return made
    })
    if (appended.length > 0) isAppended.push(() => true)
    if (isAppended.some((is) => is())) feed.wake()
    for (const act of acts) act()
    return result
  }
  return {
    commit: (make, options) => run(make, (work) => database.$transaction(work, options)),
    commitStatement: (make) => run(make, (work) => work(database)),
  }
}
