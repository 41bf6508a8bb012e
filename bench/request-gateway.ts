import { LICENSES } from './request-rows.ts'
import type { Site } from './site.ts'

/** A gateway as `npm start` runs it, for callers of many licenses. */
export interface RequestGateway {
  readonly databaseUrl: string
  /** Its GraphQL endpoint. */
  readonly url: string
  /** The `Authorization` of each license. */
  readonly authorizations: readonly string[]
}

/** Limits are on, but so high that the benchmark does not reach them. */
export const manyRequests = {
  RATE_LIMIT_QUERY_COST: '1000000000',
  RATE_LIMIT_MUTATIONS: '1000000000',
  RATE_LIMIT_CHAT_EVENTS: '1000000000',
}

/** Its database has no bot agents yet. */
export async function startRequestGateway(site: Site): Promise<RequestGateway> {
  const databaseUrl = await site.createDatabase()
  const { url } = await site.startGateway({ databaseUrl, env: { LOG_LEVEL: 'info', ...manyRequests } })
  const tokens = Array.from({ length: LICENSES }, (_, licenseId) => site.authorization({ licenseId }))
  return { databaseUrl, url, authorizations: await Promise.all(tokens) }
}
