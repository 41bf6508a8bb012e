import { benchmark } from './benchmark.ts'
import { inTurn } from './in-turn.ts'
import { createMethodBots } from './method-bots.ts'
import { type MethodPair, methodPairs, PER_LICENSE } from './method-calls.ts'
import { medianOf, ratio } from './ratio.ts'
import type { Bots } from './request-bots.ts'
import { startRequestGateway } from './request-gateway.ts'
import { CONNECTIONS, load, type Measured, type Shot } from './request-load.ts'
import { startSite } from './site.ts'
import { table } from './table.ts'

const WARM_UP_MS = 2_000

/** The two ways to ask for the same. */
const ways = ['method', 'GraphQL'] as const

/** What the HTTP methods of the specification cost, beside the operation of GraphQL that each of them runs, at the same gateway. */
export const methods = benchmark({
  measures: 'what the HTTP methods cost, beside the operation of GraphQL that each of them runs',
  flags: { rounds: 3, seconds: 4 },
  run: measure,
})

async function measure({ rounds, seconds }: { rounds: number; seconds: number }): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const site = parts.use(await startSite())
  const gateway = await startRequestGateway(site)
  const bots = await createMethodBots(gateway, PER_LICENSE)
  const { origin, pathname } = new URL(gateway.url)
  const target = { name: 'gateway', origin, authorizations: gateway.authorizations }

  const rows: (string | number)[][] = []
  for (const pair of methodPairs) {
    const shots = { method: () => methodShot(pair, bots), GraphQL: () => operationShot(pair, bots, pathname) }
    const turn = (way: (typeof ways)[number], ms: number) => load(target, shots[way], ms)
    for (const way of ways) await turn(way, WARM_UP_MS)
    const measured = await inTurn(ways, rounds, (way) => turn(way, 1_000 * seconds))
    rows.push(row(pair, measured.get('method') ?? [], measured.get('GraphQL') ?? []))
  }
  table(
    `${CONNECTIONS} connections, ${PER_LICENSE} bot agents in each license; medians of ${rounds} rounds`,
    ['', 'method/s', 'GraphQL/s', 'of GraphQL', 'CPU ms', 'GraphQL', 'p50 ms', 'GraphQL', 'p99 ms', 'GraphQL'],
    rows,
  )
}

function row({ method }: MethodPair, ours: readonly Measured[], graphQL: readonly Measured[]): (string | number)[] {
  const both = (number: keyof Measured, digits: number) =>
    [ours, graphQL].map((measured) => medianOf(measured, number).toFixed(digits))
  const [perSecond = '', ofGraphQL = ''] = both('perSecond', 0)
  return [method, perSecond, ofGraphQL, ratio(ours, graphQL), ...both('cpu', 3), ...both('p50', 1), ...both('p99', 1)]
}

function methodShot({ method, call }: MethodPair, bots: Bots): Shot {
  const { licenseId, request, contains } = call(bots)
  return { licenseId, path: `/agents/${method}`, body: JSON.stringify(request), isAnswer: has(contains) }
}

function operationShot({ document, call }: MethodPair, bots: Bots, path: string): Shot {
  const { licenseId, variables, contains } = call(bots)
  return { licenseId, path, body: JSON.stringify({ query: document, variables }), isAnswer: has(contains) }
}

function has({ words, times }: { words: string; times: number }): Shot['isAnswer'] {
  return (text) => !text.includes('"errors"') && text.split(words).length === times + 1
}
