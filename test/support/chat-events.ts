import { setTimeout as delay } from 'node:timers/promises'
import { run } from './client.ts'

/** An incoming message, as the chat platform reports it. */
const chatEvent = {
  action: 'INCOMING_EVENT',
  authorType: 'CUSTOMER',
  data: { chat_id: 'PJ0MRSHTDG', thread_id: 'PGDGHT5G', event: { id: 'PGDGHT5G_2', type: 'message', text: 'Hello' } },
  chat: { id: 'PJ0MRSHTDG' },
}

/** The input of a bot agent that gets incoming messages at the URL. */
export function listening(url: string): object {
  const webhooks = { url, secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: 'INCOMING_EVENT' }] }
  return { status: 'ACCEPTING_CHATS', webhooks }
}

interface Published {
  chatEvent: { id: string } | null
  matched: number
  userErrors: { message: string }[]
}

/** Reports a chat event. @throws when it is refused */
export async function publish(
  gateway: { url: string },
  token: string,
  input: object = {},
): Promise<{ id: string; matched: number }> {
  const query = `mutation ($input: PublishChatEventInput!) {
    publishChatEvent(input: $input) { chatEvent { id } matched userErrors { message } } }`
  const variables = { input: { ...chatEvent, ...input } }
  const { publishChatEvent } = await run<{ publishChatEvent: Published }>(gateway, token, query, variables)
  if (!publishChatEvent.chatEvent) throw new Error(JSON.stringify(publishChatEvent.userErrors))
  return { id: publishChatEvent.chatEvent.id, matched: publishChatEvent.matched }
}

/** Reports `count` chat events, several at a time, and retries each until it is acknowledged. @returns their ids */
export async function publishAll(
  gateway: () => Promise<{ url: string }>,
  token: string,
  {
    count,
    prefix = '',
    acknowledged = () => {},
  }: { count: number; prefix?: string; acknowledged?: (count: number) => void },
): Promise<string[]> {
  const ids: string[] = []
  let next = 0
  const publisher = async () => {
    while (next < count) {
      const input = { idempotencyKey: `${prefix}${next++}` }
      const { id } = await insist(async () => publish(await gateway(), token, input))
      ids.push(id)
      acknowledged(ids.length)
    }
  }
  await Promise.all(Array.from({ length: 8 }, publisher))
  return ids
}

async function insist<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let left = 1_000; ; left--) {
    try {
      return await act()
    } catch (error) {
      if (left === 0) throw error
      await delay(50)
    }
  }
}
