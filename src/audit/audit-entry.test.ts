import { expect, it } from 'vitest'
import { isIdOf } from '../contract/identifier.ts'
import { secretReadId } from './audit-entry.ts'

it('reads of a secret share one id per token, address, bot agent and ten minutes', () => {
  const by = { accessTokenHash: Buffer.from('a'), address: '192.0.2.1' }
  const botAgent = { id: '0'.repeat(32) }
  const noon = Date.parse('2026-11-26T12:00:00Z')
  const first = secretReadId(by, botAgent, noon)
  expect(isIdOf('AuditEntry', first)).toBe(true)
  expect(secretReadId(by, botAgent, noon + 599_999)).toBe(first)
  const others = [
    secretReadId(by, botAgent, noon + 600_000),
    secretReadId(by, botAgent, noon - 1),
    secretReadId({ ...by, accessTokenHash: Buffer.from('b') }, botAgent, noon),
    secretReadId({ ...by, address: '192.0.2.2' }, botAgent, noon),
    secretReadId(by, { id: '1'.repeat(32) }, noon),
  ]
  expect(new Set([first, ...others]).size).toBe(6)
})
