import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Logger, pino } from 'pino'
import { onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { createEncryption } from '../../src/database/encryption.ts'
import { migrate } from '../../src/database/migrations.ts'
import { openPool } from '../../src/database/pool.ts'
import { createFeed, type Feed, type SubscribeOptions } from '../../src/feed/feed.ts'
import type { FeedEntry, FeedFilter } from '../../src/feed/feed-entry.ts'
import { databaseForTest } from './database.ts'

const silent = pino({ level: 'silent' })
const ownKey = randomBytes(32)

/** All statuses of license 1. */
export const everything: FeedFilter = { licenseId: 1, topics: ['BOT_AGENT_STATUS'] }

/** A database with an empty feed, for the length of one test. */
export async function databaseWithFeed(given?: string): Promise<string> {
  const connectionString = given ?? (await databaseForTest())
  await migrate(connectionString, { log: silent })
  return connectionString
}

/** The pool of a gateway, for the length of one test. */
export function databaseAt(connectionString: string, log = silent): Database {
  const database = openDatabase(openPool(connectionString, { log }), { log })
  onTestFinished(() => database.$disconnect())
  return database
}

/** A feed for the length of one test, that has not been started. */
export function feedForTest(
  connectionString: string,
  { log = silent, key = ownKey }: { log?: Logger; key?: Buffer } = {},
): Feed {
  const database = databaseAt(connectionString, log)
  const feed = createFeed({ connectionString, database, encryption: createEncryption(key), log })
  onTestFinished(() => feed.stop())
  return feed
}

export async function startFeed(connectionString: string, options: { log?: Logger } = {}): Promise<Feed> {
  const feed = feedForTest(connectionString, options)
  await feed.start()
  return feed
}

/** A connection on which a test begins and ends transactions as it likes. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

export const append = (client: pg.Client, botAgentId: string, { licenseId = 1, clientId = 'app' } = {}) =>
  client.query(
    `insert into feed_entry (license_id, topic, client_id, bot_agent_id, data) values ($1, 'BOT_AGENT_STATUS', $2, $3, '{}')`,
    [licenseId, clientId, botAgentId],
  )

/** Appends entries of the bot agents `n1`, `n2` and so on, in one commit. */
export const appendMany = (client: pg.Client, count: number, topic = 'BOT_AGENT_STATUS') =>
  client.query(
    `insert into feed_entry (license_id, topic, client_id, bot_agent_id, data)
     select 1, $2::feed_topic, 'app', 'n' || n, '{}' from generate_series(1, $1::int) n`,
    [count, topic],
  )

/** Appends a notice. */
export const notify = (client: pg.Client, of: string) =>
  client.query(`insert into feed_entry (topic, data) values ('TOKEN_REVOCATION', jsonb_build_object('of', $1::text))`, [
    of,
  ])

/** A subscription from which a test takes a given number of entries at a time. */
export function subscribeTo(feed: Feed, options: SubscribeOptions = {}, filter = everything) {
  const stream = feed.subscribe(filter, options)
  onTestFinished(async () => {
    await stream.return?.()
  })
  return {
    stream,
    async take(count: number): Promise<FeedEntry[]> {
      const entries: FeedEntry[] = []
      while (entries.length < count) {
        const { value, done } = await stream.next()
        if (done) throw new Error(`The stream ended after ${entries.length} entries`)
        entries.push(value)
      }
      return entries
    },
  }
}

export const ids = (entries: readonly FeedEntry[]) => entries.map(({ botAgentId }) => botAgentId)
