import { once } from 'node:events'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { createDatabase } from '../../test/support/database.ts'
import { isLostConnection } from './lost-connection.ts'

const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error)

it('a lost connection is recognized: refused, ended by the server, or named as the cause of another error', async () => {
  const { url, drop } = await createDatabase()
  onTestFinished(drop)
  const refused = await failure(new pg.Client({ host: 'localhost', port: 1 }).connect())
  expect([refused, isLostConnection(refused)]).toEqual([expect.any(Error), true])
  expect(isLostConnection(new Error('The gateway can not go on', { cause: refused }))).toBe(true)

  const client = new pg.Client(url)
  await client.connect()
  const lost = once(client, 'error')
  const ended = await failure(client.query('select pg_terminate_backend(pg_backend_pid())'))
  await lost.catch(() => {})
  expect([ended, isLostConnection(ended)]).toEqual([expect.any(Error), true])
})

it('another error of the database is no lost connection', async () => {
  const { url, drop } = await createDatabase()
  onTestFinished(drop)
  const client = new pg.Client(url)
  await client.connect()
  onTestFinished(() => client.end())
  expect(isLostConnection(await failure(client.query('select nonsense')))).toBe(false)
  expect(isLostConnection('ECONNREFUSED')).toBe(false)
})
