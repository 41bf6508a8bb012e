import type { RequestPeer } from './request-peer.ts'

/** What one would build instead of the gateway. Each is imported only where it is needed, so that its process has nothing else in it. */
export const requestPeers = {
  mercurius: async () => (await import('./mercurius-normalised.ts')).mercuriusNormalised,
  'mercurius-one-row': async () => (await import('./mercurius-one-row.ts')).mercuriusOneRow,
  postgraphile: async () => (await import('./postgraphile.ts')).postgraphilePeer,
  'yoga-pothos-prisma': async () => (await import('./prisma/yoga.ts')).yogaPothosPrisma,
} satisfies Record<string, () => Promise<RequestPeer>>

export type RequestPeerName = keyof typeof requestPeers
