import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../test/support/database.ts'
import { encryptedColumns as ofBotAgents } from '../bot-agents/bot-agent-store.ts'
import { newId } from '../contract/identifier.ts'
import { encryptedColumns as ofDeliveries } from '../deliveries/outbox.ts'
import { openDatabase } from './database.ts'
import { createEncryption, type Encryption } from './encryption.ts'
import { createEncryptionKeys } from './encryption-keys.ts'
import { migrate } from './migrations.ts'
import { openPool } from './pool.ts'

const [oldKey, newKey, lostKey] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const [oldOne, both] = [createEncryption(oldKey), createEncryption(newKey, [oldKey])]
const running = new AbortController().signal

/** A database whose deliveries contain secrets encrypted with the old key, which no gateway uses any more. */
async function setUp(count: number) {
  const url = await databaseForTest()
  const silent = pino({ level: 'silent' })
  await migrate(url, { log: silent })
  const database = openDatabase(openPool(url, { log: silent }), { log: silent })
  onTestFinished(() => database.$disconnect())
  const logged: Record<string, unknown>[] = []
  const encryptedColumns = [...ofBotAgents, ...ofDeliveries]
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) })

  const add = (by: Encryption, many: number) => {
    const ids = Array.from({ length: many }, () => newId('dlv_'))
    return sql(
      url,
      `insert into webhook_delivery (id, license_id, client_id, bot_agent_id, action, state, url, additional_data, secret_key)
       select id, 1, 'x', 'bot', 'THREAD_CLOSED', 'HELD', '', '{}', sealed from unnest($1::text[], $2::bytea[]) as made(id, sealed)`,
      [ids, ids.map((id) => by.encrypt(`secret of ${id}`, 'bot'))],
    )
  }
  const keysOf = (by: Encryption) => createEncryptionKeys({ database, encryption: by, encryptedColumns, log })
  await keysOf(oldOne).checkKnown()
  await add(oldOne, count)
  return {
    url,
    logged,
    add,
    keys: keysOf(both),
    keysOf,
    leave: () => sql(url, `update encryption_key set present_at = present_at - interval '10 minutes'`),
    known: async () => (await sql<{ id: string }>(url, 'select id from encryption_key')).map(({ id }) => id),
    /** How many secrets can be decrypted with only the new key. */
    async moved() {
      const rows = await sql<{ id: string; secret_key: Buffer }>(url, 'select id, secret_key from webhook_delivery')
      const alone = createEncryption(newKey)
      return rows.filter(({ id, secret_key }) => {
        if (alone.keyIdOf(secret_key, 'bot') === undefined) return false
        expect(alone.decrypt(secret_key, 'bot')).toBe(`secret of ${id}`)
        return true
      }).length
    },
  }
}

describe('a change of the encryption key', () => {
  it('re-encrypts any number of secrets', async () => {
    const { keys, leave, moved, known, logged } = await setUp(1_203)
    await leave()
    await keys.rotate(running)
    expect([await moved(), await known()]).toEqual([1_203, [both.keyIds[0]]])
    expect(logged).toMatchObject([{ moved: 1_203, lost: 0, former: oldOne.keyIds }])
  })

  it('can be done by several gateways at once', async () => {
    const { keysOf, leave, moved, known } = await setUp(1_203)
    await leave()
    const gateways = [keysOf(both), keysOf(both), keysOf(both)]
    await Promise.all(gateways.map((keys) => keys.rotate(running)))
    await gateways[0]?.rotate(running)
    expect([await moved(), await known()]).toEqual([1_203, [both.keyIds[0]]])
  })

  it('waits for the last gateway that uses the former key', async () => {
    const { keys, leave, moved, known } = await setUp(3)
    await keys.rotate(running)
    await keys.rotate(running)
    expect([await moved(), (await known()).length]).toEqual([0, 2])
    await leave()
    await keys.rotate(running)
    expect([await moved(), (await known()).length]).toEqual([3, 1])
  })

  it('skips secrets that others are changing, without waiting, and leaves them for the next time', async () => {
    const { url, keys, leave, moved, known } = await setUp(3)
    await leave()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('begin')
    await client.query('select from webhook_delivery order by id limit 1 for update')
    await keys.rotate(running)
    expect([await moved(), (await known()).length]).toEqual([2, 2])
    await client.query('commit')
    await client.end()
    await keys.rotate(running)
    expect([await moved(), (await known()).length]).toEqual([3, 1])
  })

  it('ends between two steps when the gateway stops', async () => {
    const { keys, leave, moved, known } = await setUp(3)
    await leave()
    await keys.rotate(AbortSignal.abort())
    expect([await moved(), (await known()).length]).toEqual([0, 2])
  })

  it('skips secrets that no key decrypts, and counts them', async () => {
    const { add, keys, leave, moved, known, logged } = await setUp(2)
    await add(createEncryption(lostKey), 1)
    await leave()
    await keys.rotate(running)
    expect([await moved(), (await known()).length]).toEqual([2, 1])
    expect(logged).toMatchObject([{ moved: 2, lost: 1 }])
  })

  it('is reported by a gateway that was not given the new key', async () => {
    const { keysOf, keys, moved, logged } = await setUp(2)
    await keys.rotate(running)
    await keysOf(oldOne).rotate(running)
    expect(logged).toMatchObject([{ level: 50, keys: [both.keyIds[0]] }])
    expect(await moved()).toBe(0)
  })
})

describe('gateways that start at once', () => {
  it('do not all start if their keys differ', async () => {
    const { url, keysOf } = await setUp(0)
    await sql(url, 'delete from encryption_key')
    const starts = [oldKey, newKey, lostKey].map((key) => keysOf(createEncryption(key)).checkKnown())
    const outcomes = (await Promise.allSettled(starts)).map(({ status }) => status)
    expect(outcomes.sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
  })
})
