import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { databaseForTest, sql } from '../../../test/support/database.ts'
import { openDatabase } from '../../database/database.ts'
import { migrate } from '../../database/migrations.ts'
import { openPool } from '../../database/pool.ts'
import { createChanges } from '../../feed/change.ts'
import { createAccessTokenStore } from './access-token-store.ts'
import type { Revocation } from './revocations.ts'
import { createTokenHistory } from './token-history.ts'

const log = pino({ level: 'silent' })

async function history() {
  const url = await databaseForTest()
  await migrate(url, { log })
  const database = openDatabase(openPool(url, { log }), { log })
  onTestFinished(() => database.$disconnect())
  const changes = createChanges({ database, feed: { wake: () => {} } })
  const tokens = createAccessTokenStore({ database })
  const revoked: Revocation[] = []
  const revoke = async (revocations: readonly Revocation[]) => void revoked.push(...revocations)
  const putOnRecord = (key: string, interval: string) =>
    sql(
      url,
      `insert into access_token (hash, revocation_keys, expires_at)
       values ($1, array[$1::bytea], clock_timestamp() + $2::interval)`,
      [Buffer.from(key, 'hex'), interval],
    )
  return { ...createTokenHistory({ changes, tokens, revoke, log }), revoked, putOnRecord }
}

const newKey = () => randomBytes(32).toString('hex')

describe('a token that its issuer reports as inactive', () => {
  it('is revoked once if any of its keys is on record, however many reports come at the same time', async () => {
    const { ended, revoked, putOnRecord } = await history()
    const keys = [newKey(), newKey()]
    await putOnRecord(keys[1] ?? '', '1 hour')
    await Promise.all(Array.from({ length: 10 }, () => ended(keys)))
    expect(revoked.map(({ key, issuedUntil }) => ({ key, issuedUntil }))).toEqual(
      keys.map((key) => ({ key, issuedUntil: null })),
    )
  })

  it('is not revoked if it has expired, or is about to', async () => {
    const { ended, revoked, putOnRecord } = await history()
    for (const interval of ['-1 hour', '1 second']) {
      const key = newKey()
      await putOnRecord(key, interval)
      await ended([key])
    }
    expect(revoked).toEqual([])
  })

  it('that is not on record is not looked up again at once', async () => {
    const { ended, revoked, putOnRecord } = await history()
    const [guess, other] = [newKey(), newKey()]
    await ended([guess])
    for (const key of [guess, other]) {
      await putOnRecord(key, '1 hour')
      await ended([key])
    }
    expect(revoked.map(({ key }) => key)).toEqual([other])
  })
})
