import { isIP } from 'node:net'
import { describe, expect, it } from 'vitest'
import { lookUpName } from './name-lookup.ts'

describe('a name', () => {
  it('is found in the hosts file, in whatever case, with the dot of the root or without', async () => {
    for (const name of ['localhost', 'LocalHost', 'localhost.']) {
      const addresses = await lookUpName(name)
      expect(addresses).toContain('127.0.0.1')
      expect(addresses.every((address) => isIP(address))).toBe(true)
    }
  })

  it('that nobody knows is an error', async () => {
    await expect(lookUpName('nobody.invalid')).rejects.toThrow('No address is known for nobody.invalid')
  })
})
