import { expect, it } from 'vitest'
import { shortMessage } from './short-message.ts'

const long = 'x'.repeat(100_000)

it('a message of ordinary length is not changed', () => {
  const message = 'Variable "$s" got invalid value "ASLEEP"; Value "ASLEEP" does not exist in "BotAgentStatus" enum.'
  expect(shortMessage(message)).toBe(message)
})

it('a message quotes at most about a hundred characters of a value', () => {
  for (const message of [
    `Variable "$s" got invalid value "${long}" at "s"; Value "${long}" does not exist.`,
    `Int cannot represent ${'1'.repeat(60_000)}`,
    `Expected [${'1, '.repeat(20_000)}]`,
    `Cannot query field "${long}`,
    `" ${' Did you mean '.repeat(20_000)}`,
  ]) {
    expect(shortMessage(message).length).toBeLessThan(401)
    expect(shortMessage(message)).not.toContain(message.slice(40, 160))
  }
})

it('a message is not cut in the middle of a character', () => {
  expect(shortMessage(`a"${'💬'.repeat(1_000)}"`).isWellFormed()).toBe(true)
  expect(shortMessage(`"${'💬'.repeat(1_000)}"`).isWellFormed()).toBe(true)
  expect(shortMessage('💬 '.repeat(1_000)).isWellFormed()).toBe(true)
})
