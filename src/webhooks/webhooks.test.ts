import { describe, expect, it } from 'vitest'
import { botAgentRules } from '../bot-agents/bot-agent.ts'
import { UserErrors, validate } from '../contract/user-error.ts'
import { additionalData, type FilterName, webhookActionNames, webhookActions } from './webhook-action.ts'
import { webhooksRules } from './webhooks.ts'

const url = 'https://myservice.com/webhooks'

function broken(webhooks: object): string[] {
  try {
    validate(webhooksRules([]).create, { url, secretKey: 's', actions: [{ name: 'INCOMING_EVENT' }], ...webhooks })
    return []
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error
    return error.errors.map(({ message }) => message)
  }
}

const filters: Record<FilterName, unknown> = {
  chatProperties: [{ namespace: 'source', name: 'type', values: ['facebook'] }],
  chatMemberIds: { agentsAny: ['agent'] },
  authorType: 'CUSTOMER',
  authorIds: { exclude: ['bot'] },
  onlyMyChats: true,
}

describe('an action accepts only the filters and the additional data of the specification:', () => {
  for (const name of webhookActionNames) {
    const takes = webhookActions[name]
    for (const filter of Object.keys(filters) as FilterName[]) {
      const taken = takes.filters.some((one) => one === filter)
      it(`${name} ${taken ? 'takes' : 'does not take'} ${filter}`, () => {
        const message = `\`actions.0.filters.${filter}\` is not a filter of ${name}; its filters are ${takes.filters.join(', ')}.`
        expect(broken({ actions: [{ name, filters: { [filter]: filters[filter] } }] })).toEqual(taken ? [] : [message])
      })
    }
    for (const requested of additionalData) {
      const given = takes.additionalData.some((offered) => offered === requested)
      it(`${name} ${given ? 'has' : 'does not have'} ${requested}`, () => {
        expect(broken({ actions: [{ name, additionalData: [requested] }] })).toHaveLength(given ? 0 : 1)
      })
    }
  }

  it('the actions are those of section 3', () => {
    const table = webhookActionNames.map((name) => {
      const { filters, additionalData } = webhookActions[name]
      return `${name}: ${filters.join(' ')} | ${additionalData.join(' ')}`.trimEnd()
    })
    const chat = 'chatProperties chatMemberIds onlyMyChats'
    expect(table).toEqual([
      `INCOMING_CHAT_THREAD: ${chat} | CHAT_PROPERTIES`,
      `INCOMING_EVENT: ${chat} authorType authorIds | CHAT_PROPERTIES ACCESS`,
      `INCOMING_RICH_MESSAGE_POSTBACK: ${chat} | CHAT_PROPERTIES`,
      `LAST_SEEN_TIMESTAMP_UPDATED: ${chat} | CHAT_PROPERTIES`,
      `THREAD_CLOSED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_PROPERTIES_UPDATED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_PROPERTIES_DELETED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_THREAD_PROPERTIES_UPDATED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_THREAD_PROPERTIES_DELETED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_USER_ADDED: ${chat} | CHAT_PROPERTIES ACCESS THREAD_ID`,
      `CHAT_USER_REMOVED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_THREAD_TAGGED: ${chat} | CHAT_PROPERTIES`,
      `CHAT_THREAD_UNTAGGED: ${chat} | CHAT_PROPERTIES`,
      'AGENT_STATUS_CHANGED: chatMemberIds |',
      'AGENT_DELETED: chatMemberIds |',
    ])
  })
})

describe('a filter', () => {
  const of = (filter: object) => broken({ actions: [{ name: 'INCOMING_EVENT', filters: filter }] })
  const property = (test: object) => of({ chatProperties: [{ namespace: 'a', name: 'b', ...test }] })

  it('by author names each id once', () => {
    expect(of({ authorIds: { exclude: ['a', 'b'] } })).toEqual([])
    expect(of({ authorIds: { exclude: ['a', 'a'] } })).toEqual([
      '`actions.0.filters.authorIds.exclude.1` is in the list twice: a.',
    ])
  })

  it('by property has exactly one test', () => {
    for (const test of [{ exists: false }, { values: [1, true, 'x'] }, { excludeValues: [''] }])
      expect(property(test)).toEqual([])
    const must = '`actions.0.filters.chatProperties.0` must have exactly one of exists, values, excludeValues;'
    expect(property({})).toEqual([`${must} it has none of them.`])
    expect(property({ exists: true, values: [1] })).toEqual([`${must} it has exists and values.`])
  })

  it('by property compares with strings, numbers and booleans', () => {
    for (const value of [null, {}, [1], 'a\0', Number.POSITIVE_INFINITY, 'x'.repeat(1_025)]) {
      expect(property({ values: [value] })).toEqual([
        '`actions.0.filters.chatProperties.0.values.0` must be a boolean, a number or a string of at most 1024 characters.',
      ])
    }
  })

  it('does not compare with integers too large for JSON', () => {
    for (const value of [Number.MAX_SAFE_INTEGER + 1, Number.MIN_SAFE_INTEGER - 1, 1e300]) {
      expect(property({ values: [value] })).toEqual([
        '`actions.0.filters.chatProperties.0.values.0` must be from -9007199254740991 to 9007199254740991 if it is a whole number.',
      ])
    }
    expect(property({ values: [Number.MAX_SAFE_INTEGER, 1.5, 1e-300] })).toEqual([])
  })

  it('names each property once, and has at least one value', () => {
    const test = { namespace: 'a', name: 'b', exists: true }
    expect(of({ chatProperties: [test, test] })).toEqual([
      '`actions.0.filters.chatProperties.1` is in the list twice: a.b.',
    ])
    expect(property({ values: [] })).toHaveLength(1)
  })

  it('by members has exactly one test', () => {
    const must = '`actions.0.filters.chatMemberIds` must have exactly one of agentsAny, agentsExclude;'
    expect(of({ chatMemberIds: { agentsExclude: ['a'] } })).toEqual([])
    expect(of({ chatMemberIds: {} })).toEqual([`${must} it has none of them.`])
    expect(of({ chatMemberIds: { agentsAny: ['a'], agentsExclude: ['b'] } })).toEqual([
      `${must} it has agentsAny and agentsExclude.`,
    ])
  })
})

describe('webhooks', () => {
  it('name each action once', () => {
    const action = { name: 'THREAD_CLOSED' }
    expect(broken({ actions: [action, action] })).toEqual(['`actions.1` is in the list twice: THREAD_CLOSED.'])
  })

  it('get additional data once, even if they request it several times', () => {
    const actions = [{ name: 'INCOMING_EVENT', additionalData: ['ACCESS', 'ACCESS'] }]
    expect(validate(webhooksRules([]).create, { url, secretKey: 's', actions }).actions[0]?.additionalData).toEqual([
      'ACCESS',
    ])
  })

  for (const bad of ['myservice.com', '/webhooks', 'ftp://myservice.com', 'javascript:alert(1)', 'http://']) {
    it(`are not sent to ${bad}`, () => {
      expect(broken({ url: bad })).toEqual(['`url` must be an absolute URL that starts with http:// or https://.'])
    })
  }

  for (const bad of ['http://127.0.0.1', 'http://2130706433', 'http://[::ffff:10.0.0.1]', 'http://localhost:80']) {
    it(`are not sent to ${bad}, which is not public`, () => {
      expect(broken({ url: bad })).toEqual(['`url` must point to a public address.'])
    })
  }

  it('have no user name or password in the URL', () => {
    expect(broken({ url: 'https://me:secret@myservice.com' })).toHaveLength(1)
  })
})

describe('the webhooks of a bot agent', () => {
  const broken = (webhooks: unknown) => {
    try {
      validate(botAgentRules([]).create, { name: 'x', status: 'OFFLINE', webhooks })
      return []
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error
      return error.errors.map(({ field, message }) => [field, message])
    }
  }
  /** Webhooks whose filters bring them to the given number of bytes of JSON. */
  const ofBytes = (bytes: number) => {
    const webhooks = (values: string[]) => ({
      url,
      secretKey: 's',
      actions: [{ name: 'INCOMING_EVENT', filters: { chatProperties: [{ namespace: 'a', name: 'é', values }] } }],
    })
    const values = Array.from({ length: 32 }, () => 'x'.repeat(1_000))
    const left = bytes - Buffer.byteLength(JSON.stringify(webhooks([...values, ''])))
    return webhooks([...values, 'x'.repeat(left)])
  }

  it('are at most 32 KiB of JSON', () => {
    expect(broken(ofBytes(32_768))).toEqual([])
    expect(broken(ofBytes(32_769))).toEqual([
      [['webhooks'], '`webhooks` must be at most 32 KiB (32768 bytes) of JSON; it has 32769.'],
    ])
  })

  it('are refused for their size before anything in them is checked', () => {
    const actions = Array.from({ length: 40_000 }, () => ({ name: 'NONE' }))
    expect(broken({ url: '', secretKey: '', actions })).toEqual([[['webhooks'], expect.stringContaining('32 KiB')]])
    let deep: unknown = 1
    for (let level = 0; level < 20_000; level++) deep = [deep]
    expect(broken({ ...ofBytes(32_768), actions: [{ filters: { chatProperties: [{ values: deep }] } }] })).toEqual([
      [['webhooks'], '`webhooks` must not be nested more than 16 levels deep.'],
    ])
  })

  it('can be omitted, and are an object otherwise', () => {
    expect(broken(undefined)).toEqual([])
    expect(broken(null)).toEqual([])
    expect(broken('x')).toHaveLength(1)
  })
})

it('the order is NONE unless CHAT is asked for', () => {
  const orders = [undefined, null, 'NONE', 'CHAT'].map(
    (order) =>
      validate(webhooksRules([]).create, { url, secretKey: 's', actions: [{ name: 'INCOMING_EVENT' }], order }).order,
  )
  expect(orders).toEqual(['NONE', 'NONE', 'NONE', 'CHAT'])
  expect(broken({ order: 'THREAD' })).toHaveLength(1)
})
