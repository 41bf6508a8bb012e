import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encoder } from './encoder.ts'
import { errorAnswer } from './method-error.ts'
import { type MethodName, methods, openMethods } from './methods.ts'
import type { Fields } from './wire.ts'

const least = { id: 'a', name: 'Bot', avatar: null, status: 'OFFLINE' }
const leastDetails = {
  ...least,
  application: { clientId: 'app' },
  maxChatsCount: 6,
  defaultGroupPriority: 'NORMAL',
  groups: [],
  webhooks: null,
}
const most = {
  id: 'b',
  name: 'Bot',
  avatar: 'example.com/a.png',
  status: 'NOT_ACCEPTING_CHATS',
}
const mostDetails = {
  ...most,
  application: { clientId: 'app' },
  maxChatsCount: 6,
  defaultGroupPriority: 'FIRST',
  groups: [
    { id: 0, priority: 'LAST' },
    { id: 7, priority: 'NORMAL' },
  ],
  webhooks: {
    url: 'https://example.com',
    secretKey: null,
    actions: [
      { name: 'INCOMING_CHAT_THREAD', filters: null, additionalData: [] },
      {
        name: 'INCOMING_EVENT',
        filters: {
          chatProperties: [
            { namespace: 'one', name: 'a', exists: null, values: ['x', 1, true], excludeValues: null },
            { namespace: 'one', name: 'b', exists: false, values: null, excludeValues: null },
            { namespace: 'two', name: 'a', exists: null, values: null, excludeValues: ['y'] },
          ],
          chatMemberIds: { agentsAny: ['c'], agentsExclude: null },
          authorType: 'CUSTOMER',
          onlyMyChats: true,
        },
        additionalData: ['CHAT_PROPERTIES'],
      },
    ],
  },
}

const answers: Record<MethodName, readonly Fields[]> = {
  create_bot_agent: [{ botAgentId: 'a' }],
  remove_bot_agent: [{}],
  update_bot_agent: [{}],
  get_bot_agents: [{ botAgents: [] }, { botAgents: [least, most] }],
  get_bot_agent_details: [{ botAgent: leastDetails }, { botAgent: mostDetails }],
}
const { list_webhook_names } = openMethods
const errors = [
  {
    error: {
      type: 'validation',
      message: 'Two',
      data: [
        { field: null, message: 'One' },
        { field: 'a', message: 'b' },
      ],
    },
  },
  { error: { type: 'internal', message: 'One', data: null } },
]

const encoded: readonly (readonly [string, z.ZodType, readonly unknown[]])[] = [
  ...Object.entries(answers).map(([name, samples]) => [name, methods[name as MethodName].answer, samples] as const),
  ['list_webhook_names', list_webhook_names.answer, [list_webhook_names.result]],
  ['an error', errorAnswer, errors],
]

describe('an encoder', () => {
  it.each(encoded)('encodes %s as zod does, and leaves it as it is', (_, type, samples) => {
    const before = structuredClone(samples)
    const encode = encoder(type)
    for (const sample of samples) expect(encode(sample)).toEqual(z.encode(type, sample))
    expect(samples).toEqual(before)
  })

  it('is made for no kind of type that it does not know', () => {
    const unknown = z.object({ at: z.array(z.date()) })
    expect(() => encoder(unknown)).toThrow('does not know')
  })
})
