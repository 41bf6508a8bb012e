import { botAgentId, LICENSES } from './request-rows.ts'

/** The bot agents of one database, as the load picks and changes them. */
export interface Bots {
  /** A random one. */
  some(): { readonly licenseId: number; readonly id: string }
  /** @returns the status to set, which differs from the one it has */
  toggled(id: string): 'ACCEPTING_CHATS' | 'NOT_ACCEPTING_CHATS'
}

/** @param idOf the id of a bot agent of a license; absent: as `fill` makes them */
export function createBots(perLicense: number, idOf = botAgentId): Bots {
  const away = new Set<string>()
  return {
    some() {
      const licenseId = someLicense()
      return { licenseId, id: idOf(licenseId, random(perLicense)) }
    },
    toggled(id) {
      if (away.delete(id)) return 'ACCEPTING_CHATS'
      away.add(id)
      return 'NOT_ACCEPTING_CHATS'
    },
  }
}

export function someLicense(): number {
  return random(LICENSES)
}

function random(below: number): number {
  return Math.floor(Math.random() * below)
}
