import type { Database, Transaction } from '../database/database.ts'
import type { Feed } from './feed.ts'
import type { NewFeedEntry, NewFeedNotice } from './feed-entry.ts'

/**
 * One change: its statements, and what belongs to them. Every function that writes takes the change as its first argument
 * (`audit(change, …)`, `chatEvents.raise(change, …)`, `outbox.cancel(change, …)`), so nothing can be written without waking the feed
 * and everything else that waits for it.
 */
export interface Change {
  /** Runs the statements of the change. */
  readonly transaction: Transaction
  /** Adds entries to the feed. Call it after the statements that the entries report. */
  append(entries: readonly (NewFeedEntry | NewFeedNotice)[]): Promise<void>
  /** For a function whose own statement adds entries to the feed. */
  appended(): void
  /** Calls `act` after the commit: once, however often it is passed, and not at all if the change fails. */
  afterCommit(act: () => void): void
}

/** Runs changes. */
export interface Changes {
  /**
   * Runs `make` in a transaction, which is rolled back if it throws.
   * @param options.timeout milliseconds for the whole transaction; absent: 10 s
   * @returns what `make` returns, after the commit
   */
  commit<Result>(make: (change: Change) => Promise<Result>, options?: { timeout: number }): Promise<Result>
  /** The same for a change that consists of one statement, which is a transaction by itself: none is begun. */
  commitStatement<Result>(make: (change: Change) => Promise<Result>): Promise<Result>
}

export function createChanges({ database, feed }: { database: Database; feed: Pick<Feed, 'wake'> }): Changes {
  const run = async <Result>(
    make: (change: Change) => Promise<Result>,
    begin: (work: (transaction: Transaction) => Promise<Result>) => Promise<Result>,
  ): Promise<Result> => {
    const acts = new Set<() => void>()
    const result = await begin((transaction) =>
      make({
        transaction,
        async append(entries) {
          if (entries.length === 0) return
          await transaction.feedEntry.createMany({ data: entries.map((entry) => ({ ...entry })) })
          acts.add(feed.wake)
        },
        appended: () => void acts.add(feed.wake),
        afterCommit: (act) => void acts.add(act),
      }),
    )
    for (const act of acts) act()
    return result
  }
  return {
    commit: (make, options) => run(make, (work) => database.$transaction(work, options)),
    commitStatement: (make) => run(make, (work) => work(database)),
  }
}
