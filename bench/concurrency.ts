import { SHARES } from '../src/deliveries/shares.ts'

/** How many webhooks one gateway sends at a time. All contenders send as many. */
export function concurrency({ bots, origins }: { bots: number; origins: number }): number {
  return Math.min(SHARES.all, bots * SHARES.botAgent, origins * SHARES.origin)
}
