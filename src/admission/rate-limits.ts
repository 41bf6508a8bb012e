import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimited } from '../contract/request-error.ts'
import { siteOf } from '../outbound/addresses.ts'

/** Limits per minute; 0: no limit. */
export interface RateLimitSettings {
  /** Values that operations with one access token may ask for, as operation-cost.ts counts them. */
  readonly queryCost: number
  /** Mutation fields with one access token, except `publishChatEvent`. */
  readonly mutations: number
  /** `publishChatEvent` fields with one access token. */
  readonly chatEvents: number
  /** Invalid access tokens from one address. */
  readonly logInFailures: number
}

export const noRateLimits: RateLimitSettings = { queryCost: 0, mutations: 0, chatEvents: 0, logInFailures: 0 }
export const defaultRateLimits: RateLimitSettings = {
  queryCost: 300_000,
  mutations: 300,
  chatEvents: 0,
  logInFailures: 30,
}

/** One address, which many callers may share, may use this many times the limit of one token. */
const SHARES_OF_ADDRESS = 10

const SECONDS = 60

/** Sites whose failed log-ins are counted. */
const MOST_FAILING = 50_000

/** What an operation asks for. */
export interface Charge {
  readonly queryCost: number
  readonly mutations: number
  readonly chatEvents: number
}

/** Whose limits an operation counts against. */
export interface Payer {
  /** The keyed hash; absent: the caller is not authenticated. */
  readonly accessTokenHash?: Buffer
  readonly address: string
}

export interface RateLimits {
  /** Counts what an operation asks for. @returns the error to reject it with, if that is too much */
  charge(payer: Payer, charge: Charge): Promise<RateLimited | undefined>
  /** To be called before a document is parsed. @throws RateLimited when too many of the caller's documents were rejected */
  demandGoodDocuments(payer: Payer): Promise<void>
  /** Counts a document that was rejected, by its length. */
  noteRefused(payer: Payer, characters: number): void
  /** @returns how many more tokens from this site may fail in this minute; if none, `refusal` is the error for the next one */
  logInsLeft(site: string): { readonly count: number; readonly refusal?: RateLimited }
  logInFailed(site: string): void
}

const wording: Record<keyof Charge, string> = {
  queryCost: 'query values per minute',
  mutations: 'mutations per minute',
  chatEvents: 'chat events per minute',
}

/** Characters of a rejected document that count as one value: finding out what is wrong costs more than running a valid document. */
const REJECTED_PER_VALUE = 4

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
  const rejectionLimiter = (points: number) => points > 0 && new RateLimiterMemory({ points, duration: SECONDS })
  const rejections = {
    token: rejectionLimiter(settings.queryCost),
    site: rejectionLimiter(settings.queryCost * SHARES_OF_ADDRESS),
  }
  const keysOf = ({ accessTokenHash, address }: Payer) => ({
    token: accessTokenHash?.toString('base64'),
    site: siteOf(address),
  })
  /** Anybody can fail to log in, from many addresses, so their number is bounded. A minute begins with the first failure. */
  const failures = new LRUCache<string, number>({ max: MOST_FAILING, ttl: SECONDS * 1_000, noUpdateTTL: true })

  return {
    async charge(payer, charge) {
      if (limits.length === 0) return undefined
      const keys = keysOf(payer)
      for (const { name, most, whose, by, limiter } of limits) {
        const key = keys[by]
        if (charge[name] === 0 || key === undefined) continue
        // An operation that costs more than the limit of a minute may run, if it is the only one in that minute.
        const over = await limiter.consume(key, Math.min(charge[name], most)).then(() => undefined, ifExceeded)
        if (over) return refusal(`${whose} is limited to ${most} ${wording[name]}.`, over)
      }
      return undefined
    },

    async demandGoodDocuments(payer) {
      const keys = keysOf(payer)
      for (const by of ['token', 'site'] as const) {
        const limiter = rejections[by]
        const key = keys[by]
        if (!limiter || key === undefined) continue
        const counted = await limiter.get(key)
        if (counted && counted.remainingPoints <= 0) {
          throw refusal('Too many of your documents were not valid. See the errors in their responses.', counted)
        }
      }
    },

    noteRefused(payer, characters) {
      const keys = keysOf(payer)
      for (const by of ['token', 'site'] as const) {
        const limiter = rejections[by]
        const key = keys[by]
        if (limiter && key !== undefined) void limiter.penalty(key, 1 + Math.ceil(characters / REJECTED_PER_VALUE))
      }
    },

    logInsLeft(site) {
      if (settings.logInFailures === 0) return { count: Number.POSITIVE_INFINITY }
      const count = settings.logInFailures - (failures.get(site) ?? 0)
      if (count > 0) return { count }
      const msBeforeNext = failures.getRemainingTTL(site)
      return { count, refusal: refusal('Too many access tokens from your address were not valid.', { msBeforeNext }) }
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
