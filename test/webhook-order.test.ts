import { describe, expect, it } from 'vitest'
import { create } from './support/bot-agents.ts'
import { publish } from './support/chat-events.ts'
import { untilDrained, untilSql } from './support/delivery-records.ts'
import { gatewayForTest } from './support/gateway.ts'
import { hold, type Receiver, receiverForTest } from './support/receiver.ts'

const env = { WEBHOOK_TIMEOUT: '20s', WEBHOOK_RETRY_SCHEDULE: '300ms,300ms,300ms' }

/** The input of a bot agent that gets the incoming messages of each chat in order. */
function inOrder(url: string): object {
  const actions = [{ name: 'INCOMING_EVENT' }]
  return { status: 'ACCEPTING_CHATS', webhooks: { url, secretKey: 'JSauw0Aks8l-asAa', actions, order: 'CHAT' } }
}

/** A message with a number, in a chat. */
function message(chatId: string, number: number): object {
  const event = { id: `${chatId}_${number}`, type: 'message', text: 'Hello' }
  return { data: { chat_id: chatId, thread_id: 'PGDGHT5G', event }, chat: { id: chatId } }
}

/** The ids of the messages that have arrived, of one chat or of all. */
function messages({ received }: Receiver, chatId?: string): string[] {
  const ids = received.map(({ body }) => (body.data.event as { id: string }).id)
  return ids.filter((id) => !chatId || id.startsWith(chatId))
}

async function setUp() {
  const gateway = await gatewayForTest({ env })
  const token = await gateway.token()
  const receiver = await receiverForTest()
  await create(gateway, token, inOrder(receiver.url))
  return { gateway, token, receiver }
}

describe('webhooks with the order CHAT', { timeout: 120_000 }, () => {
  it('leave one after the other in each chat, and at the same time for several chats', async () => {
    const { gateway, token, receiver } = await setUp()
    const { held, release } = hold(receiver)
    for (let number = 1; number <= 10; number++) {
      for (const chat of ['a', 'b', 'c']) await publish(gateway, token, message(chat, number))
    }
    await receiver.reaches(3)
    // The worker has looked at everything that waits.
    await untilSql(
      gateway.databaseUrl,
      `select from webhook_delivery where state = 'PENDING' and next_attempt_at is null having count(*) = 27`,
    )
    expect(held).toHaveLength(3)
    release()
    await untilDrained(gateway.databaseUrl)
    for (const chat of ['a', 'b', 'c']) {
      expect(messages(receiver, chat)).toEqual(Array.from({ length: 10 }, (_, index) => `${chat}_${index + 1}`))
    }
  })

  it('wait for one that fails, in its chat alone, until it arrives or has failed for good', async () => {
    const { gateway, token, receiver } = await setUp()
    receiver.answer = (response) => {
      response.statusCode = messages(receiver).at(-1) === 'a_1' ? 500 : 200
      response.end()
    }
    for (let number = 1; number <= 3; number++) {
      for (const chat of ['a', 'b']) await publish(gateway, token, message(chat, number))
    }
    await untilDrained(gateway.databaseUrl)
    expect(messages(receiver, 'a')).toEqual(['a_1', 'a_1', 'a_1', 'a_1', 'a_2', 'a_3'])
    expect(messages(receiver, 'b')).toEqual(['b_1', 'b_2', 'b_3'])
    expect(messages(receiver).indexOf('b_3')).toBeLessThan(messages(receiver).indexOf('a_2'))
  })
})
