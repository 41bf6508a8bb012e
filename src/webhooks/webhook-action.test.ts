import { expect, it } from 'vitest'
import { webhookActionNames, wireAction } from './webhook-action.ts'

it('the names of actions are those of the specification', () => {
  expect(webhookActionNames.map(wireAction)).toEqual([
    'incoming_chat_thread',
    'incoming_event',
    'incoming_rich_message_postback',
    'last_seen_timestamp_updated',
    'thread_closed',
    'chat_properties_updated',
    'chat_properties_deleted',
    'chat_thread_properties_updated',
    'chat_thread_properties_deleted',
    'chat_user_added',
    'chat_user_removed',
    'chat_thread_tagged',
    'chat_thread_untagged',
    'agent_status_changed',
    'agent_deleted',
  ])
})
