import type { MethodErrorType } from '../../src/methods/method-error.ts'
import type { MethodName } from '../../src/methods/methods.ts'
import type { Claims } from './gateway.ts'

/** The bot agents of each case: the caller's, one of another application in the license, one of another license. */
export interface Ids {
  own: string
  other: string
  foreign: string
}

/** A call of a method, and its outcome. */
export interface Case {
  name: string
  method: MethodName
  body: object | ((ids: Ids) => object)
  /** The messages of all errors. Absent if the call succeeds. */
  says?: string[]
  /** The type of the error, if it is not `validation`. */
  error?: MethodErrorType
  /** Whether GraphQL refuses the variables by their types, with its own message. */
  byTypes?: true
  /** The claims of the caller's token. Null if it sends none. */
  claims?: Claims | null
}

const least = { name: 'John', status: 'offline' }
export const hook = { url: 'http://myservice.com', secret_key: 's', actions: [{ name: 'incoming_event' }] }
const withAction = (action: unknown) => ({ ...least, webhooks: { ...hook, actions: [action] } })
const withFilters = (filters: unknown, name = 'incoming_event') => withAction({ name, filters })
const withProperty = (test: unknown) => withFilters({ chat_properties: { source: { type: test } } })
const groups = (count: number) => Array.from({ length: count }, (_, id) => ({ id, priority: 'normal' }))
const actionNames =
  'incoming_chat_thread, incoming_event, incoming_rich_message_postback, last_seen_timestamp_updated, thread_closed, chat_properties_updated, chat_properties_deleted, chat_thread_properties_updated, chat_thread_properties_deleted, chat_user_added, chat_user_removed, chat_thread_tagged, chat_thread_untagged, agent_status_changed, agent_deleted'

const creates: Omit<Case, 'method'>[] = [
  { name: 'the least there is', body: least },
  {
    name: 'everything',
    body: {
      name: '😀'.repeat(255),
      avatar: 'x'.repeat(2_048),
      status: 'not accepting chats',
      max_chats_count: 500,
      default_group_priority: 'supervisor',
      groups: groups(100),
      webhooks: {
        ...hook,
        actions: actionNames.split(', ').map((name) => ({ name, filters: { chat_member_ids: { agents_any: ['a'] } } })),
      },
    },
  },
  { name: 'bounds from below', body: { ...least, max_chats_count: 1, groups: [], webhooks: hook } },
  {
    name: 'null for what may be left out',
    body: {
      ...least,
      avatar: null,
      max_chats_count: null,
      default_group_priority: null,
      groups: null,
      webhooks: null,
    },
  },
  {
    name: 'null in webhooks for what may be left out',
    body: withAction({ name: 'incoming_event', filters: null, additional_data: null }),
  },
  {
    name: 'null for filters',
    body: withFilters({ chat_properties: null, chat_member_ids: null, author_type: null, only_my_chats: null }),
  },
  { name: 'null for tests', body: withProperty({ exists: false, values: null, exclude_values: null }) },
  { name: 'empty filters', body: withFilters({ chat_properties: {} }) },
  {
    name: 'all filters',
    body: withFilters({
      chat_properties: {
        source: { type: { values: ['x', 1, 1.5, true] }, 'a b': { exists: true } },
        'a.b': { c: { exclude_values: ['y'] } },
      },
      chat_member_ids: { agents_exclude: ['a'] },
      author_type: 'agent',
      only_my_chats: true,
    }),
  },
  {
    name: 'all additional data',
    body: withAction({
      name: 'chat_user_added',
      additional_data: ['chat_properties', 'access', 'thread_id', 'access'],
    }),
  },
  { name: 'chats', body: { ...least, status: 'accepting chats', webhooks: hook } },
  {
    name: 'nothing',
    body: {},
    byTypes: true,
    says: ['`name` is required', '`status` is required'],
  },
  { name: 'name null', body: { ...least, name: null }, byTypes: true, says: ['`name` is required'] },
  {
    name: 'name a number',
    body: { ...least, name: 1 },
    byTypes: true,
    says: ['`name` must be a string'],
  },
  {
    name: 'name empty',
    body: { ...least, name: '' },
    says: ['`name` must be 1 to 255 characters long; it has 0'],
  },
  {
    name: 'name too long',
    body: { ...least, name: 'x'.repeat(256) },
    says: ['`name` must be 1 to 255 characters long; it has 256'],
  },
  {
    name: 'name that cannot be kept',
    body: { ...least, name: 'a\0b' },
    says: ['`name` must be well-formed Unicode without the character U+0000'],
  },
  {
    name: 'avatar empty',
    body: { ...least, avatar: '' },
    says: ['`avatar` must be 1 to 2048 characters long; it has 0'],
  },
  {
    name: 'avatar too long',
    body: { ...least, avatar: 'x'.repeat(2_049) },
    says: ['`avatar` must be 1 to 2048 characters long; it has 2049'],
  },
  {
    name: 'avatar an object',
    body: { ...least, avatar: {} },
    byTypes: true,
    says: ['`avatar` must be a string'],
  },
  {
    name: 'status null',
    body: { ...least, status: null },
    byTypes: true,
    says: ['`status` is required'],
  },
  {
    name: 'status unknown',
    body: { ...least, status: 'asleep' },
    byTypes: true,
    says: ['`status` must be one of accepting chats, not accepting chats, offline; it is "asleep"'],
  },
  {
    name: 'status a number',
    body: { ...least, status: 1 },
    byTypes: true,
    says: ['`status` must be one of accepting chats, not accepting chats, offline; it is 1'],
  },
  ...[0, 501, -1].map((count) => ({
    name: `max_chats_count ${count}`,
    body: { ...least, max_chats_count: count },
    says: [`\`max_chats_count\` must be from 1 to 500; it is ${count}`],
  })),
  ...['6', 1.5, true].map((count) => ({
    name: `max_chats_count ${JSON.stringify(count)}`,
    body: { ...least, max_chats_count: count },
    byTypes: true as const,
    says: ['`max_chats_count` must be a whole number'],
  })),
  {
    name: 'max_chats_count of more than 32 bits',
    body: { ...least, max_chats_count: 3e9 },
    byTypes: true,
    says: ['`max_chats_count` must be a whole number of 32 bits; it is 3000000000'],
  },
  {
    name: 'default_group_priority unknown',
    body: { ...least, default_group_priority: 'never' },
    byTypes: true,
    says: ['`default_group_priority` must be one of first, normal, last, supervisor; it is "never"'],
  },
  {
    name: 'groups no list',
    body: { ...least, groups: 'x' },
    byTypes: true,
    says: ['`groups` must be a list'],
  },
  {
    name: 'groups too many',
    body: { ...least, groups: groups(101) },
    says: ['`groups` must have at most 100 items; it has 101'],
  },
  {
    name: 'a group null',
    body: { ...least, groups: [null] },
    byTypes: true,
    says: ['`groups[0]` is required'],
  },
  {
    name: 'a group without id',
    body: { ...least, groups: [{ priority: 'last' }] },
    byTypes: true,
    says: ['`groups[0].id` is required'],
  },
  {
    name: 'a group with an id of text',
    body: { ...least, groups: [{ id: '1', priority: 'last' }] },
    byTypes: true,
    says: ['`groups[0].id` must be a whole number'],
  },
  {
    name: 'a group with an id below zero',
    body: { ...least, groups: [...groups(1), { id: -1, priority: 'last' }] },
    says: ['`groups[1].id` must be from 0 to 2147483647; it is -1'],
  },
  {
    name: 'a group with an id of more than 32 bits',
    body: { ...least, groups: [{ id: 2 ** 31, priority: 'last' }] },
    byTypes: true,
    says: ['`groups[0].id` must be a whole number of 32 bits; it is 2147483648'],
  },
  {
    name: 'a group twice',
    body: { ...least, groups: [...groups(2), ...groups(1)] },
    says: ['`groups[2]` is in the list twice: 0'],
  },
  {
    name: 'a group without priority',
    body: { ...least, groups: [{ id: 1 }] },
    byTypes: true,
    says: ['`groups[0].priority` is required'],
  },
  {
    name: 'a group with the priority supervisor',
    body: { ...least, groups: [{ id: 1, priority: 'supervisor' }] },
    byTypes: true,
    says: ['`groups[0].priority` must be one of first, normal, last; it is "supervisor"'],
  },
  {
    name: 'webhooks no object',
    body: { ...least, webhooks: 'x' },
    byTypes: true,
    says: ['`webhooks` must be an object'],
  },
  {
    name: 'webhooks empty',
    body: { ...least, webhooks: {} },
    byTypes: true,
    says: ['`webhooks.url` is required', '`webhooks.secret_key` is required', '`webhooks.actions` is required'],
  },
  {
    name: 'webhooks that cannot be called',
    body: { ...least, webhooks: { ...hook, url: 'myservice.com' } },
    says: ['`webhooks.url` must be an absolute URL that starts with http:// or https://'],
  },
  {
    name: 'webhooks to a private address',
    body: { ...least, webhooks: { ...hook, url: 'http://10.0.0.1' } },
    says: [
      '`webhooks.url` must point to a public address, or to one in the networks of the setting WEBHOOK_ALLOWED_NETWORKS',
    ],
  },
  {
    name: 'webhooks with a password',
    body: { ...least, webhooks: { ...hook, url: 'http://a:b@myservice.com' } },
    says: ['`webhooks.url` must not contain a user name or password: the secret key identifies the sender'],
  },
  {
    name: 'webhooks with a long address',
    body: { ...least, webhooks: { ...hook, url: `https://a.b/${'x'.repeat(489)}` } },
    says: ['`webhooks.url` must be 1 to 500 characters long; it has 501'],
  },
  {
    name: 'webhooks without a secret key',
    body: { ...least, webhooks: { ...hook, secret_key: undefined } },
    says: ['`webhooks.secret_key` is required'],
  },
  {
    name: 'webhooks with an empty secret key',
    body: { ...least, webhooks: { ...hook, secret_key: '' } },
    says: ['`webhooks.secret_key` must be 1 to 255 characters long; it has 0'],
  },
  {
    name: 'webhooks with a secret key of a number',
    body: { ...least, webhooks: { ...hook, secret_key: 5 } },
    byTypes: true,
    says: ['`webhooks.secret_key` must be a string'],
  },
  {
    name: 'webhooks with a long secret key',
    body: { ...least, webhooks: { ...hook, secret_key: 'x'.repeat(256) } },
    says: ['`webhooks.secret_key` must be 1 to 255 characters long; it has 256'],
  },
  {
    name: 'webhooks of more than 32 KiB',
    body: {
      ...least,
      webhooks: {
        ...hook,
        actions: [
          { name: 'incoming_event', filters: { chat_member_ids: { agents_any: Array(129).fill('x'.repeat(253)) } } },
        ],
      },
    },
    says: ['`webhooks` must be at most 32 KiB (32768 bytes) of JSON; it has 33152'],
  },
  {
    name: 'webhooks without actions',
    body: { ...least, webhooks: { ...hook, actions: [] } },
    says: ['`webhooks.actions` must have 1 to 15 items; it has 0'],
  },
  {
    name: 'an action twice',
    body: { ...least, webhooks: { ...hook, actions: [{ name: 'thread_closed' }, { name: 'thread_closed' }] } },
    says: ['`webhooks.actions[1]` is in the list twice: thread_closed'],
  },
  {
    name: 'an action without name',
    body: withAction({}),
    byTypes: true,
    says: ['`webhooks.actions[0].name` is required'],
  },
  {
    name: 'an action unknown',
    body: withAction({ name: 'incoming' }),
    byTypes: true,
    says: [`\`webhooks.actions[0].name\` must be one of ${actionNames}; it is "incoming"`],
  },
  {
    name: 'additional data unknown',
    body: withAction({ name: 'incoming_event', additional_data: ['weather'] }),
    byTypes: true,
    says: [
      '`webhooks.actions[0].additional_data[0]` must be one of chat_properties, access, thread_id; it is "weather"',
    ],
  },
  {
    name: 'additional data that the action does not have',
    body: withAction({ name: 'incoming_event', additional_data: ['thread_id'] }),
    says: [
      '`webhooks.actions[0].additional_data` contains thread_id, which incoming_event does not offer; it offers chat_properties, access',
    ],
  },
  {
    name: 'filters no object',
    body: withFilters([]),
    byTypes: true,
    says: ['`webhooks.actions[0].filters` must be an object'],
  },
  {
    name: 'a filter that the action does not take',
    body: withFilters({ author_type: 'agent' }, 'incoming_chat_thread'),
    says: [
      '`webhooks.actions[0].filters.author_type` is not a filter of incoming_chat_thread; its filters are chat_properties, chat_member_ids, only_my_chats',
    ],
  },
  {
    name: 'an author type unknown',
    body: withFilters({ author_type: 'bot' }),
    byTypes: true,
    says: ['`webhooks.actions[0].filters.author_type` must be one of agent, customer; it is "bot"'],
  },
  {
    name: 'only_my_chats a word',
    body: withFilters({ only_my_chats: 'yes' }),
    byTypes: true,
    says: ['`webhooks.actions[0].filters.only_my_chats` must be true or false'],
  },
  {
    name: 'members without a test',
    body: withFilters({ chat_member_ids: {} }),
    says: [
      '`webhooks.actions[0].filters.chat_member_ids` must have exactly one of agents_any, agents_exclude; it has none of them',
    ],
  },
  {
    name: 'members with both tests',
    body: withFilters({ chat_member_ids: { agents_any: ['a'], agents_exclude: ['b'] } }),
    says: [
      '`webhooks.actions[0].filters.chat_member_ids` must have exactly one of agents_any, agents_exclude; it has agents_any and agents_exclude',
    ],
  },
  {
    name: 'members of nobody',
    body: withFilters({ chat_member_ids: { agents_any: [] } }),
    says: ['`webhooks.actions[0].filters.chat_member_ids.agents_any` must have 1 to 100 items; it has 0'],
  },
  {
    name: 'a property with two tests',
    body: withProperty({ exists: true, values: ['maxChatsCount'] }),
    says: [
      '`webhooks.actions[0].filters.chat_properties.source.type` must have exactly one of exists, values, exclude_values; it has exists and values',
    ],
  },
  {
    name: 'a property with no test',
    body: withProperty({}),
    says: [
      '`webhooks.actions[0].filters.chat_properties.source.type` must have exactly one of exists, values, exclude_values; it has none of them',
    ],
  },
  {
    name: 'a property with no values',
    body: withProperty({ exclude_values: [] }),
    says: [
      '`webhooks.actions[0].filters.chat_properties.source.type.exclude_values` must have 1 to 100 items; it has 0',
    ],
  },
  {
    name: 'a property with a value that is too long',
    body: withProperty({ values: ['x', 'x'.repeat(1_025)] }),
    says: [
      '`webhooks.actions[0].filters.chat_properties.source.type.values[1]` must be a boolean, a number or a string of at most 1024 characters',
    ],
  },
  {
    name: 'a property with a value of null',
    body: withProperty({ values: [null] }),
    byTypes: true,
    says: ['`webhooks.actions[0].filters.chat_properties.source.type.values[0]` is required'],
  },
  {
    name: 'a property whose namespace is empty',
    body: withFilters({ chat_properties: { '': { type: { exists: true } } } }),
    says: ['`webhooks.actions[0].filters.chat_properties[""]` must be 1 to 255 characters long; it has 0'],
  },
  {
    name: 'a property whose name is empty',
    body: withFilters({ chat_properties: { 'a.b': { '': { exists: true } } } }),
    says: ['`webhooks.actions[0].filters.chat_properties["a.b"][""]` must be 1 to 255 characters long; it has 0'],
  },
  {
    name: 'many mistakes',
    body: {
      name: '',
      status: 'offline',
      max_chats_count: 1_000,
      groups: [{ id: -1, priority: 'last' }],
      webhooks: { ...hook, secret_key: '' },
    },
    says: [
      '`name` must be 1 to 255 characters long; it has 0',
      '`max_chats_count` must be from 1 to 500; it is 1000',
      '`groups[0].id` must be from 0 to 2147483647; it is -1',
      '`webhooks.secret_key` must be 1 to 255 characters long; it has 0',
    ],
  },
]

const nulls = (['name', 'status', 'max_chats_count', 'default_group_priority', 'groups'] as const).map((name) => ({
  name: `${name} null`,
  body: ({ own }: Ids) => ({ id: own, [name]: null }),
  says: [`\`${name}\` must not be null: omit it to keep the current value`],
}))

const updates: Omit<Case, 'method'>[] = [
  { name: 'of nothing', body: ({ own }) => ({ id: own }) },
  { name: 'of the status', body: ({ own }) => ({ id: own, status: 'accepting chats' }) },
  {
    name: 'of everything',
    body: ({ own }) => ({
      id: own,
      name: 'Jane',
      avatar: 'jane.jpg',
      status: 'not accepting chats',
      max_chats_count: 7,
      default_group_priority: 'first',
      groups: groups(2),
      webhooks: { ...hook, secret_key: 'other' },
    }),
  },
  { name: 'that takes away', body: ({ own }) => ({ id: own, avatar: null, webhooks: null, groups: [] }) },
  ...nulls,
  {
    name: 'that breaks a rule, with what does not',
    body: ({ own }) => ({ id: own, name: 'Jane', max_chats_count: 0 }),
    says: ['`max_chats_count` must be from 1 to 500; it is 0'],
  },
  { name: 'without id', body: { name: 'Jane' }, byTypes: true, says: ['`id` is required'] },
  { name: 'with id null', body: { id: null }, byTypes: true, says: ['`id` is required'] },
  ...(['other', 'foreign'] as const).map((whose) => ({
    name: `of the ${whose}’s, with every scope`,
    body: (ids: Ids) => ({ id: ids[whose], name: 'Mine' }),
    error: 'not_found' as const,
    says: ['`id` is not the id of a bot agent that you may change: "THE ID"'],
  })),
  {
    name: 'of none',
    body: { id: 'maxChatsCount LAST', name: 'x' },
    error: 'not_found' as const,
    says: ['`id` is not the id of a bot agent that you may change: "maxChatsCount LAST"'],
  },
]

const removals: Omit<Case, 'method'>[] = [
  { name: 'of one’s own', body: ({ own }) => ({ bot_agent_id: own }), claims: { scopes: ['agents-bot--my:rw'] } },
  { name: 'of another’s, with the scope', body: ({ other }) => ({ bot_agent_id: other }) },
  {
    name: 'of another’s, without',
    body: ({ other }) => ({ bot_agent_id: other }),
    claims: { scopes: ['agents-bot--my:rw'] },
    error: 'not_found' as const,
    says: ['`bot_agent_id` is not the id of a bot agent that you may change: "THE ID"'],
  },
  {
    name: 'of one of another license',
    body: ({ foreign }) => ({ bot_agent_id: foreign }),
    error: 'not_found' as const,
    says: ['`bot_agent_id` is not the id of a bot agent that you may change: "THE ID"'],
  },
  { name: 'of nothing', body: {}, byTypes: true, says: ['`bot_agent_id` is required'] },
  {
    name: 'of a list',
    body: { bot_agent_id: [] },
    byTypes: true,
    says: ['`bot_agent_id` must be a string'],
  },
]

const reads: Case[] = [
  { name: 'of one’s own', method: 'get_bot_agent_details', body: ({ own }) => ({ bot_agent_id: own }) },
  { name: 'of another’s', method: 'get_bot_agent_details', body: ({ other }) => ({ bot_agent_id: other }) },
  {
    name: 'of another license’s',
    method: 'get_bot_agent_details',
    body: ({ foreign }) => ({ bot_agent_id: foreign }),
    error: 'not_found' as const,
    says: ['`bot_agent_id` is not the id of a bot agent that you may see: "THE ID"'],
  },
  {
    name: 'of nothing',
    method: 'get_bot_agent_details',
    body: {},
    byTypes: true,
    says: ['`bot_agent_id` is required'],
  },
  { name: 'of one’s own', method: 'get_bot_agents', body: {} },
  { name: 'of one’s own, by null', method: 'get_bot_agents', body: { all: null } },
  { name: 'of all', method: 'get_bot_agents', body: { all: true } },
  {
    name: 'of a word',
    method: 'get_bot_agents',
    body: { all: 'yes' },
    byTypes: true,
    says: ['`all` must be true or false'],
  },
]

const bodies: Record<MethodName, Case['body']> = {
  create_bot_agent: least,
  update_bot_agent: ({ own }) => ({ id: own, name: 'Jane' }),
  remove_bot_agent: ({ own }) => ({ bot_agent_id: own }),
  get_bot_agents: {},
  get_bot_agent_details: ({ own }) => ({ bot_agent_id: own }),
}

const callers: Case[] = (Object.keys(bodies) as MethodName[]).flatMap((method) => {
  const body = bodies[method]
  const scope = method.startsWith('get') ? 'agents-bot--my:ro' : 'agents-bot--my:rw'
  return [
    {
      name: 'without a scope',
      method,
      body,
      claims: { scopes: [] },
      error: 'authorization' as const,
      says: [`\`${method}\` needs the scope ${scope}, which your access token does not have.`],
    },
    {
      name: 'without a token',
      method,
      body,
      claims: null,
      error: 'authentication' as const,
      says: ['An access token is required: send it as `Authorization: Bearer <token>`.'],
    },
    {
      name: 'with a token that has expired',
      method,
      body,
      claims: { expiresIn: -1 },
      error: 'authentication' as const,
      says: ['The access token has expired.'],
    },
  ]
})

export const cases: Case[] = [
  ...creates.map((one) => ({ ...one, method: 'create_bot_agent' as const })),
  ...updates.map((one) => ({ ...one, method: 'update_bot_agent' as const })),
  ...removals.map((one) => ({ ...one, method: 'remove_bot_agent' as const })),
  ...reads,
  ...callers,
]
