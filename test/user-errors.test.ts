import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { run } from './support/client.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

let gateway: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startGateway({ env: { BOT_AGENTS_PER_APPLICATION: '1' } })
  token = await gateway.token()
})
afterAll(() => gateway.stop())

const webhooks = { url: 'https://bots.example/webhooks', secretKey: 's', actions: [{ name: 'INCOMING_EVENT' }] }

/** What a form gets of the first mistake, without what is null. */
async function ruleOf(mutation: string, input: object): Promise<Record<string, unknown> | undefined> {
  const Name = mutation.charAt(0).toUpperCase() + mutation.slice(1)
  const query = `mutation ($input: ${Name}Input!) {
    ${mutation}(input: $input) { userErrors { field reason min max maxLength allowed } } }`
  const data = await run<Record<string, { userErrors: Record<string, unknown>[] }>>(gateway, token, query, { input })
  const [error] = data[mutation]?.userErrors ?? []
  return error && Object.fromEntries(Object.entries(error).filter(([, value]) => value !== null))
}

describe('a mistake in a form has its rule as data:', () => {
  const update = (input: object) => ruleOf('updateBotAgent', { id: 'f'.repeat(32), ...input })
  const listening = (action: object) => update({ webhooks: { ...webhooks, actions: [action] } })

  it('the lengths of a text', async () => {
    expect(await update({ name: '' })).toEqual({ field: ['name'], reason: 'TOO_SHORT', min: 1, maxLength: 255 })
    expect(await update({ name: 'x'.repeat(256) })).toEqual({
      field: ['name'],
      reason: 'TOO_LONG',
      min: 1,
      maxLength: 255,
    })
  })

  it('the range of a number', async () => {
    const rule = { field: ['maxChatsCount'], reason: 'OUT_OF_RANGE', min: 1, max: 500 }
    expect(await update({ maxChatsCount: 0 })).toEqual(rule)
    expect(await update({ maxChatsCount: 501 })).toEqual(rule)
  })

  it('how many items a list may have, and that none comes twice', async () => {
    const groups = (count: number) => Array.from({ length: count }, (_, id) => ({ id, priority: 'FIRST' }))
    expect(await update({ groups: groups(101) })).toEqual({ field: ['groups'], reason: 'TOO_MANY', min: 0, max: 100 })
    expect(await update({ groups: [...groups(2), ...groups(1)] })).toEqual({
      field: ['groups', '2'],
      reason: 'DUPLICATE',
    })
    expect(await listening({ name: 'INCOMING_EVENT', filters: { chatMemberIds: { agentsAny: [] } } })).toMatchObject({
      reason: 'TOO_FEW',
      min: 1,
      max: 100,
    })
  })

  it('what is missing', async () => {
    expect(await update({ name: null })).toEqual({ field: ['name'], reason: 'REQUIRED' })
    expect(await update({ status: null })).toEqual({ field: ['status'], reason: 'REQUIRED' })
    expect(
      await ruleOf('createBotAgent', { name: 'x', status: 'OFFLINE', webhooks: { ...webhooks, secretKey: null } }),
    ).toEqual({
      field: ['webhooks', 'secretKey'],
      reason: 'REQUIRED',
    })
  })

  it('which values there are', async () => {
    expect(await listening({ name: 'AGENT_STATUS_CHANGED', filters: { authorType: 'CUSTOMER' } })).toEqual({
      field: ['webhooks', 'actions', '0', 'filters', 'authorType'],
      reason: 'NOT_ALLOWED',
      allowed: expect.any(Array),
    })
    const both = { agentsAny: ['a'], agentsExclude: ['b'] }
    expect(await listening({ name: 'INCOMING_EVENT', filters: { chatMemberIds: both } })).toEqual({
      field: ['webhooks', 'actions', '0', 'filters', 'chatMemberIds'],
      reason: 'NOT_EXACTLY_ONE',
      allowed: ['agentsAny', 'agentsExclude'],
    })
  })

  it('a URL that leads inside', async () => {
    expect(await update({ webhooks: { ...webhooks, url: 'http://10.0.0.1/' } })).toEqual({
      field: ['webhooks', 'url'],
      reason: 'BLOCKED_ADDRESS',
    })
  })

  it('the greatest size of something large', async () => {
    expect(await update({ webhooks: { ...webhooks, url: `https://bots.example/${'x'.repeat(40_000)}` } })).toEqual({
      field: ['webhooks'],
      reason: 'TOO_LARGE',
      max: 32_768,
    })
  })

  it('a limit that is reached', async () => {
    await create(gateway, token)
    expect(await ruleOf('createBotAgent', { name: 'x', status: 'OFFLINE' })).toEqual({ reason: 'TOO_MANY', max: 1 })
  })

  it('nothing where the code says it all', async () => {
    expect(await update({ name: 'x' })).toEqual({ field: ['id'] })
  })
})
