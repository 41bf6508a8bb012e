import { describe, expect, it } from 'vitest'
import { isIdOf } from '../contract/identifier.ts'
import { type UserError, UserErrors, validate } from '../contract/user-error.ts'
import { botAgentRules, wireStatus } from './bot-agent.ts'

const { create: createBotAgentRules, update: updateBotAgentRules } = botAgentRules([])

const least = { name: 'John Doe', status: 'ACCEPTING_CHATS' }
const webhooks = { url: 'http://myservice.com/webhooks', secretKey: 's', actions: [{ name: 'INCOMING_EVENT' }] }

function broken(input: object, rules: typeof createBotAgentRules | typeof updateBotAgentRules = createBotAgentRules) {
  try {
    validate(rules, rules === createBotAgentRules ? { ...least, ...input } : input)
    return []
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    return error.errors.map(({ code, field, message }: UserError) => `${code} ${field?.join('.')}: ${message}`)
  }
}

describe('a new bot agent', () => {
  it('needs only a name and a status; the other fields have defaults', () => {
    expect(validate(createBotAgentRules, least)).toEqual({
      ...least,
      avatar: null,
      maxChatsCount: 6,
      defaultGroupPriority: 'NORMAL',
      groups: [],
      webhooks: null,
    })
  })

  it('may have null in each optional field', () => {
    const nulls = { avatar: null, maxChatsCount: null, defaultGroupPriority: null, groups: null, webhooks: null }
    expect(validate(createBotAgentRules, { ...least, ...nulls })).toEqual(validate(createBotAgentRules, least))
  })

  const limits: [name: string, good: object[], bad: object, message: string][] = [
    [
      'name',
      [{ name: 'x' }, { name: '😀'.repeat(255) }],
      { name: '' },
      '`name` must be 1 to 255 characters long; it has 0.',
    ],
    ['name (maximum)', [], { name: '😀'.repeat(256) }, '`name` must be 1 to 255 characters long; it has 256.'],
    ['name (characters)', [], { name: 'a\0b' }, '`name` must be well-formed Unicode without the character U+0000.'],
    ['name (surrogates)', [], { name: '\ud800' }, '`name` must be well-formed Unicode without the character U+0000.'],
    [
      'avatar',
      [{ avatar: 'a.jpg' }, { avatar: 'x'.repeat(2_048) }],
      { avatar: 'x'.repeat(2_049) },
      '`avatar` must be 1 to 2048 characters long; it has 2049.',
    ],
    [
      'maxChatsCount',
      [{ maxChatsCount: 1 }, { maxChatsCount: 500 }],
      { maxChatsCount: 0 },
      '`maxChatsCount` must be from 1 to 500; it is 0.',
    ],
    ['maxChatsCount (maximum)', [], { maxChatsCount: 501 }, '`maxChatsCount` must be from 1 to 500; it is 501.'],
    [
      'groups',
      [{ groups: numbered(100) }],
      { groups: numbered(101) },
      '`groups` must have at most 100 items; it has 101.',
    ],
    [
      'the id of a group',
      [{ groups: numbered(1) }],
      { groups: [{ id: -1, priority: 'LAST' }] },
      '`groups.0.id` must be from 0 to 2147483647; it is -1.',
    ],
    ['the ids of groups', [], { groups: [...numbered(2), ...numbered(1)] }, '`groups.2` is in the list twice: 0.'],
    [
      'webhooks.url',
      [{ webhooks: { ...webhooks, url: `https://a.b/${'x'.repeat(488)}` } }],
      { webhooks: { ...webhooks, url: `https://a.b/${'x'.repeat(489)}` } },
      '`webhooks.url` must be 1 to 500 characters long; it has 501.',
    ],
    [
      'webhooks.secretKey',
      [{ webhooks: { ...webhooks, secretKey: 'x'.repeat(255) } }],
      { webhooks: { ...webhooks, secretKey: '' } },
      '`webhooks.secretKey` must be 1 to 255 characters long; it has 0.',
    ],
    [
      'webhooks.actions',
      [{ webhooks }],
      { webhooks: { ...webhooks, actions: [] } },
      '`webhooks.actions` must have 1 to 15 items; it has 0.',
    ],
  ]
  for (const [name, good, bad, message] of limits) {
    it(`respects the limits of ${name}`, () => {
      for (const input of good) expect(broken(input)).toEqual([])
      expect(broken(bad)).toEqual([expect.stringMatching(/^VALIDATION /)])
      expect(broken(bad)[0]).toContain(message)
    })
  }

  it('is refused with a list of everything that is wrong with it', () => {
    const paths = broken({
      name: '',
      maxChatsCount: 1_000,
      groups: [{ id: -1, priority: 'LAST' }, ...numbered(1), ...numbered(1)],
      webhooks: { url: 'ftp://x', secretKey: '', actions: [{ name: 'AGENT_DELETED', filters: { onlyMyChats: true } }] },
    }).map((error) => error.split(/[ :]/)[1])
    expect(paths).toEqual([
      'name',
      'maxChatsCount',
      'groups.0.id',
      'groups.2',
      'webhooks.url',
      'webhooks.secretKey',
      'webhooks.actions.0.filters.onlyMyChats',
    ])
  })
})

describe('an update', () => {
  it('leaves out the fields that the caller omits', () => {
    expect(validate(updateBotAgentRules, {})).toEqual({})
    expect(validate(updateBotAgentRules, { name: 'x' })).toEqual({ name: 'x' })
  })

  it('may leave out the secret key of webhooks; null means the same', () => {
    const { url, actions } = webhooks
    for (const given of [
      { url, actions },
      { url, actions, secretKey: null },
    ]) {
      expect(validate(updateBotAgentRules, { webhooks: given }).webhooks?.secretKey).toBeUndefined()
    }
    expect(broken({ webhooks: { ...webhooks, secretKey: '' } }, updateBotAgentRules)).toHaveLength(1)
  })

  it('may set the avatar and the webhooks to null, which removes them', () => {
    expect(validate(updateBotAgentRules, { avatar: null, webhooks: null })).toEqual({ avatar: null, webhooks: null })
  })

  for (const name of ['name', 'status', 'maxChatsCount', 'defaultGroupPriority', 'groups']) {
    it(`may not set ${name} to null`, () => {
      expect(broken({ [name]: null }, updateBotAgentRules)).toEqual([
        `VALIDATION ${name}: \`${name}\` must not be null: omit it to keep the current value.`,
      ])
    })
  }
})

it('an id is 32 lower-case hex characters', () => {
  expect(isIdOf('BotAgent', '5c9871d5372c824cbf22d860a707a578')).toBe(true)
  for (const id of ['', '5C9871D5372C824CBF22D860A707A578', '5c9871d5372c824cbf22d860a707a578\n', 'x'.repeat(32)]) {
    expect(isIdOf('BotAgent', id)).toBe(false)
  }
})

function numbered(count: number): { id: number; priority: string }[] {
  return Array.from({ length: count }, (_, id) => ({ id, priority: 'FIRST' }))
}

it('the names of statuses are those of the specification', () => {
  expect((['ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE'] as const).map(wireStatus)).toEqual([
    'accepting chats',
    'not accepting chats',
    'offline',
  ])
})
