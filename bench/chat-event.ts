import { now } from './clock.ts'

export const publishing =
  'mutation ($input: PublishChatEventInput!) { publishChatEvent(input: $input) { matched userErrors { message } } }'

/** The input of `publishChatEvent` for a message of a customer. */
export function chatEvent(number: number): { action: string; authorType: string; data: object } {
  return { action: 'INCOMING_EVENT', authorType: 'CUSTOMER', data: eventData(number) }
}

/** The text begins with the number and the time of the event: the receiver finds both in the webhook. */
export function eventData(number: number): object {
  const text = `${number} ${now()} Hello, I have ordered a pair of shoes, and they are too small. Can I send them back?`
  return {
    chat_id: 'PJ0MRSHTDG',
    thread_id: 'PGDGHT5G',
    event: {
      id: `PGDGHT5G_${number}`,
      order: number,
      type: 'message',
      author_id: 'b7eff798-f8df-4364-8059-649c35c9ed0c',
      text,
    },
  }
}
