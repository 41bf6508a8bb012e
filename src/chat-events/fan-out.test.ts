import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countOf, nextDeliveries } from './fan-out.ts'

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, number) => `${prefix}${number}`)

it('batches make each delivery once, whatever the numbers of events and recipients', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.array(fc.record({ additionalData: fc.constantFrom('{}', '{"a":1}'), botAgents: fc.nat(60) }), {
        maxLength: 4,
      }),
      fc.nat(900),
      (events, groups, least) => {
        const recipients = groups.map(({ additionalData, botAgents }, group) => ({
          additionalData,
          confidential: group === 0,
          botAgentIds: ids(`bot ${group} `, botAgents),
        }))
        const fanOut = {
          action: 'INCOMING_EVENT' as const,
          chatId: null,
          chatEventIds: ids('event ', events),
          recipients,
        }
        const made: string[] = []
        for (
          let batch = nextDeliveries(fanOut, 0, least);
          batch.length > 0;
          batch = nextDeliveries(fanOut, made.length)
        ) {
          expect(batch.length).toBeLessThanOrEqual(Math.max(500, least))
          made.push(...batch.map(({ chatEventId, botAgentId }) => `${chatEventId} ${botAgentId}`))
        }
        expect(made.length).toBe(events * countOf(recipients))
        expect(new Set(made).size).toBe(made.length)
      },
    ),
    { numRuns: 50 },
  )
})

it('a batch ends early where the additional data is large', () => {
  const recipients = [{ additionalData: 'x'.repeat(1_024 * 1_024), confidential: false, botAgentIds: ids('bot', 100) }]
  const fanOut = { action: 'INCOMING_EVENT' as const, chatId: null, chatEventIds: ['event'], recipients }
  expect(nextDeliveries(fanOut, 0)).toHaveLength(8)
  expect(nextDeliveries(fanOut, 0, 20)).toHaveLength(20)
})
