import { pino } from 'pino'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import type { BotAgentStatus } from '../database/client/client.ts'
import { createEncryption } from '../database/encryption.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { createReader } from '../database/reader.ts'
import { conditionsOf } from './bot-agent-filter.ts'
import { createBotAgentPages } from './bot-agent-pages.ts'

const log = pino({ level: 'silent' })
const COUNT = 5

let url: string
/** Reads the first page of a license. */
let names: (clientId?: string, statuses?: BotAgentStatus[]) => Promise<string[]>
/** The bot agents that the database has sent. */
let sent: number

beforeEach(async () => {
  url = await databaseForTest()
  await migrate(url, { log })
  await sql(
    url,
    `alter table bot_agent alter max_chats_count set default 0, alter default_group_priority set default 'FIRST',
       alter groups set default '[]', alter access_token_hash set default ''`,
  )
  await sql(
    url,
    `insert into bot_agent (id, license_id, client_id, name, status, created_at, updated_at)
     select md5(number::text), 1, 'bots', 'bot ' || number, 'OFFLINE', now() + number * interval '1 s', now()
     from generate_series(1, $1) number`,
    [COUNT],
  )
  const pool = openPool(url, { log })
  onTestFinished(() => pool.end())
  const reader = createReader(pool, { log })
  sent = 0
  const page = createBotAgentPages({
    encryption: createEncryption(Buffer.alloc(32), []),
    reader: {
      async rows<Row extends object>(...read: Parameters<typeof reader.rows>) {
        const rows = await reader.rows<Row & { id: string | null }>(...read)
        sent += rows.filter(({ id }) => id !== null).length
        return rows
      },
    },
  })
  names = async (clientId, statuses) => {
    const reach = { licenseId: 1, ...(clientId !== undefined && { clientId }) }
    const selection = { conditions: conditionsOf(1, { statuses }), order: 'CREATED_FIRST' } as const
    const slice = { after: undefined, before: undefined, backwards: false, take: 10 }
    return (await page(reach, selection, slice)).map(({ name }) => name)
  }
})

describe('a page that was read before', () => {
  it('is not sent again while it is the same', async () => {
    const first = await names()
    expect(first).toEqual(['bot 1', 'bot 2', 'bot 3', 'bot 4', 'bot 5'])
    expect(sent).toBe(COUNT)
    expect([await names(), await names()]).toEqual([first, first])
    expect(sent).toBe(COUNT)
  })

  const changes: Record<string, { change: string; after: string[] }> = {
    'a bot agent was changed': {
      change: `update bot_agent set name = 'renamed' where name = 'bot 2'`,
      after: ['bot 1', 'renamed', 'bot 3', 'bot 4', 'bot 5'],
    },
    'one was changed twice in one transaction': {
      change: `begin; update bot_agent set name = 'renamed' where name = 'bot 2';
        update bot_agent set name = 'renamed again' where name = 'renamed'; commit`,
      after: ['bot 1', 'renamed again', 'bot 3', 'bot 4', 'bot 5'],
    },
    'one was added': {
      change: `insert into bot_agent (id, license_id, client_id, name, status, created_at, updated_at)
        values (md5('new'), 1, 'bots', 'new', 'OFFLINE', 'epoch', 'epoch')`,
      after: ['new', 'bot 1', 'bot 2', 'bot 3', 'bot 4', 'bot 5'],
    },
    'one was removed': {
      change: `delete from bot_agent where name = 'bot 5'`,
      after: ['bot 1', 'bot 2', 'bot 3', 'bot 4'],
    },
    'two have changed places': {
      change: `update bot_agent set created_at = 'epoch' where name = 'bot 5'`,
      after: ['bot 5', 'bot 1', 'bot 2', 'bot 3', 'bot 4'],
    },
    'all were removed': { change: 'delete from bot_agent', after: [] },
  }
  it.each(Object.entries(changes))('is read again when %s', async (_what, { change, after }) => {
    await names()
    await sql(url, change)
    expect(await names()).toEqual(after)
    expect(await names()).toEqual(after)
    expect(sent).toBe(COUNT + after.length)
  })

  it('is the same after the table was frozen and rewritten', async () => {
    const first = await names()
    await sql(url, 'vacuum (full, freeze) bot_agent')
    expect(await names()).toEqual(first)
    expect(sent).toBe(COUNT)
  })

  it('is the same after a change that was rolled back', async () => {
    const first = await names()
    await sql(url, `begin; update bot_agent set name = 'renamed'; rollback`)
    expect(await names()).toEqual(first)
    expect(sent).toBe(COUNT)
  })

  it('is remembered for its license, application and statuses alone', async () => {
    await sql(url, `update bot_agent set client_id = 'others', status = 'ACCEPTING_CHATS' where name = 'bot 1'`)
    for (let time = 0; time < 2; time += 1) {
      expect(await names('bots')).toEqual(['bot 2', 'bot 3', 'bot 4', 'bot 5'])
      expect(await names('others')).toEqual(['bot 1'])
      expect(await names('others', ['OFFLINE'])).toEqual([])
      expect(await names(undefined, ['ACCEPTING_CHATS'])).toEqual(['bot 1'])
    }
  })
})

it('shows what was committed before it was asked for, no matter who writes', { timeout: 60_000 }, async () => {
  let committed = 0
  let stopped = false
  const writer = (async () => {
    while (!stopped) {
      await sql(url, `update bot_agent set name = $1 where id = md5('3')`, [`${committed + 1}`])
      committed += 1
    }
  })()
  onTestFinished(() => {
    stopped = true
    return writer
  })
  for (let read = 0; read < 300; read += 1) {
    const before = committed
    const shown = Number((await names())[2]?.replace('bot 3', '0'))
    expect(shown).toBeGreaterThanOrEqual(before)
  }
})
