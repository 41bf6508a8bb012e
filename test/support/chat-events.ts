import { setTimeout as delay } from 'node:timers/promises'
import { request } from './client.ts'

/** What the chat platform reports, to which `listening` listens. */
const chatEvent = {
  action: 'INCOMING_EVENT',
  authorType: 'CUSTOMER',
  data: { chat_id: 'PJ0MRSHTDG', thread_id: 'PGDGHT5G', event: { id: 'PGDGHT5G_2', type: 'message', text: 'Hello' } },
  chat: { id: 'PJ0MRSHTDG' },
}

/** The input of a bot agent that is to get chat events at the URL. */
export function listening(url: string): object {
  const webhooks = { url, secretKey: 'JSauw0Aks8l-asAa', actions: [{ name: 'INCOMING_EVENT' }] }
  return { status: 'ACCEPTING_CHATS', webhooks }
}

/** Reports a chat event; answers its id. @throws if it is not acknowledged */
export async function publish(gateway: { url: string }, token: string, input: object = {}): Promise<string> {
  const query = `mutation ($input: PublishChatEventInput!) {
    publishChatEvent(input: $input) { chatEvent { id } userErrors { message } } }`
  const { data, errors } = await request(gateway.url, token, query, { input: { ...chatEvent, ...input } })
  const answer = data?.publishChatEvent as { chatEvent: { id: string } | null } | undefined
  if (!answer?.chatEvent) throw new Error(JSON.stringify({ data, errors }))
  return answer.chatEvent.id
}

/** Reports `count` chat events, several at once. Each until it is acknowledged, as a platform would that must not lose any. */
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
      ids.push(await insist(async () => publish(await gateway(), token, input)))
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
