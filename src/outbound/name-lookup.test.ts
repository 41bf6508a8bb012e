import { isIP } from 'node:net'
import { describe, expect, it } from 'vitest'
import { lookUpName } from './name-lookup.ts'

describe('a host name', () => {
  it('is found in the hosts file, in any case, with or without a dot at the end', async () => {
    for (const name of ['localhost', 'LocalHost', 'localhost.']) {
      const addresses = await lookUpName(name)
      expect(addresses).toContain('127.0.0.1')
      expect(addresses.every((address) => isIP(address))).toBe(true)
    }
  })

  it('that does not exist is an error', async () => {
    await expect(lookUpName('nobody.invalid')).rejects.toThrow('No address is known for nobody.invalid')
  })
})
