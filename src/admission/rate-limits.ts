import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimited } from '../contract/request-error.ts'
import { siteOf } from '../outbound/addresses.ts'

/** How much in a minute; 0: as much as one likes. */
export interface RateLimitSettings {
  /** Values that operations may ask for, as limits.ts counts them, with one access token. */
  readonly queryCost: number
  /** Fields of mutations but `publishChatEvent`, with one access token. */
  readonly mutations: number
  /** Fields `publishChatEvent`, with one access token. */
  readonly chatEvents: number
  /** Access tokens that do not hold, from one address. */
  readonly logInFailures: number
}

export const noRateLimits: RateLimitSettings = { queryCost: 0, mutations: 0, chatEvents: 0, logInFailures: 0 }
export const defaultRateLimits: RateLimitSettings = {
  queryCost: 300_000,
  mutations: 300,
  chatEvents: 0,
  logInFailures: 30,
}

/** From one address, which many may share, comes this many times what one token may. */
export const SHARES_OF_ADDRESS = 10

const SECONDS = 60

/** Sites of which failed log-ins are counted. */
const MOST_FAILING = 50_000

/** What an operation asks for. */
export interface Charge {
  readonly queryCost: number
  readonly mutations: number
  readonly chatEvents: number
}

/** Who pays. */
export interface Payer {
  /** The keyed hash; absent: nobody has logged in. */
  readonly accessTokenHash?: Buffer
  readonly address: string
}

export interface RateLimits {
  /** Counts what an operation asks for; returns what to refuse it with, if that is too much. */
  charge(payer: Payer, charge: Charge): Promise<RateLimited | undefined>
  /** To be asked before a document is looked at. @throws RateLimited when too many of the caller's were refused */
  demandGoodDocuments(payer: Payer): Promise<void>
  /** Counts a document that was refused, by its length. */
  noteRefused(payer: Payer, characters: number): void
  /** How many more tokens from this site may fail in this minute; if none, `refusal` is what to refuse the next with. */
  logInsLeft(site: string): { readonly count: number; readonly refusal?: RateLimited }
  logInFailed(site: string): void
}

const wording: Record<keyof Charge, string> = {
  queryCost: 'values in a minute: ask for less, or less often',
  mutations: 'changes in a minute',
  chatEvents: 'chat events in a minute',
}

/** Characters of a document that is refused which count as one value: to find out what is wrong takes longer than to run what is right. */
const REFUSED_PER_VALUE = 4

/** Counts in the memory of this gateway: see docs/decisions/rate-limits.md. */
export function createRateLimits(settings: RateLimitSettings): RateLimits {
  const names = (Object.keys(wording) as (keyof Charge)[]).filter((name) => settings[name] > 0)
  const limits = names.flatMap((name) => {
    const limiter = (points: number) => new RateLimiterMemory({ points, duration: SECONDS })
    const most = settings[name]
    return [
      { name, most, whose: 'One access token', by: 'token', limiter: limiter(most) },
      {
        name,
        most: most * SHARES_OF_ADDRESS,
        whose: 'One address',
        by: 'site',
        limiter: limiter(most * SHARES_OF_ADDRESS),
      },
    ] as const
  })
  const refused = (points: number) => points > 0 && new RateLimiterMemory({ points, duration: SECONDS })
  const refusedBy = { token: refused(settings.queryCost), site: refused(settings.queryCost * SHARES_OF_ADDRESS) }
  const keysOf = ({ accessTokenHash, address }: Payer) => ({
    token: accessTokenHash?.toString('base64'),
    site: siteOf(address),
  })
  /** Anybody can fail to log in, from many addresses: of those there is an end. A minute begins with the first failure. */
  const failures = new LRUCache<string, number>({ max: MOST_FAILING, ttl: SECONDS * 1_000, noUpdateTTL: true })

  return {
    async charge(payer, charge) {
      if (limits.length === 0) return undefined
      const keys = keysOf(payer)
      for (const { name, most, whose, by, limiter } of limits) {
        const key = keys[by]
        if (charge[name] === 0 || key === undefined) continue
        // What costs more than a whole minute may has one to itself.
        const over = await limiter.consume(key, Math.min(charge[name], most)).then(() => undefined, ifExceeded)
        if (over) return refusal(`${whose} may have ${most} ${wording[name]}.`, over)
      }
      return undefined
    },

    async demandGoodDocuments(payer) {
      const keys = keysOf(payer)
      for (const by of ['token', 'site'] as const) {
        const limiter = refusedBy[by]
        const key = keys[by]
        if (!limiter || key === undefined) continue
        const counted = await limiter.get(key)
        if (counted && counted.remainingPoints <= 0) {
          throw refusal(
            'Too many of your documents can not be run: see the errors that they were answered with.',
            counted,
          )
        }
      }
    },

    noteRefused(payer, characters) {
      const keys = keysOf(payer)
      for (const by of ['token', 'site'] as const) {
        const limiter = refusedBy[by]
        const key = keys[by]
        if (limiter && key !== undefined) void limiter.penalty(key, 1 + Math.ceil(characters / REFUSED_PER_VALUE))
      }
    },

    logInsLeft(site) {
      if (settings.logInFailures === 0) return { count: Number.POSITIVE_INFINITY }
      const count = settings.logInFailures - (failures.get(site) ?? 0)
      if (count > 0) return { count }
      const msBeforeNext = failures.getRemainingTTL(site)
      return { count, refusal: refusal('Too many access tokens from your address did not hold.', { msBeforeNext }) }
    },

    logInFailed(site) {
      failures.set(site, (failures.get(site) ?? 0) + 1)
    },
  }
}

function ifExceeded(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason
  throw reason
}

function refusal(message: string, { msBeforeNext }: Pick<RateLimiterRes, 'msBeforeNext'>): RateLimited {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1_000))
  return new RateLimited(`${message} Try again in ${seconds} s.`, seconds)
}
