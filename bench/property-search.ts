import pg from 'pg'
import { pino } from 'pino'
import { openDatabase } from '../src/database/database.ts'
import { migrate } from '../src/database/migrations.ts'
import { openPool } from '../src/database/pool.ts'
import { digest } from '../src/properties/digest.ts'
import { createPropertyDefinitionStore } from '../src/properties/property-definition-store.ts'
import { type PropertySearch, type SearchTest, searchStatement } from '../src/properties/property-search-store.ts'
import { wordsOf } from '../src/properties/words.ts'
import { benchmark } from './benchmark.ts'
import { now } from './clock.ts'
import { startSite } from './site.ts'
import { table } from './table.ts'

const LICENSE = 1
const CHATS = 100_000
const CHATS_PER_BATCH = 1_000
const TAKE = 101

/** Every chat has two common words, and one chat in a thousand has a rare one. */
const textOf = (chat: number) => `order number ${chat} ${chat % 1_000 === 0 ? 'urgent' : 'ordinary'} ${chat % 10}`
const idOf = (chat: number) => `CHAT${String(chat).padStart(6, '0')}`

const cases: [what: string, test: SearchTest][] = [
  ['exists', { exists: true }],
  ['values: one of one', { values: [textOf(50_000)] }],
  ['values: one of 100', { values: Array.from({ length: 100 }, (_, index) => textOf(index * 1_000 + 1)) }],
  ['values: none there', { values: ['nothing'] }],
  ['excludeValues: one', { excludeValues: [textOf(1)] }],
  ['words: a common one', { words: ['order'] }],
  ['words: two common ones', { words: ['order', 'number'] }],
  ['words: common and rare', { words: ['order', 'number', 'urgent'] }],
  ['words: that never meet', { words: ['urgent', 'ordinary'] }],
  ['words: one not there', { words: ['order', 'nothing'] }],
]

const pages = [
  ['first', undefined],
  ['middle', idOf(CHATS / 2)],
] as const

/** The query plan of each test, for the first page and for one in the middle. Fails if a plan scans a whole table of properties. */
export const propertySearch = benchmark({
  measures: 'what a page of a property search costs among 100,000 values',
  flags: {},
  run: search,
})

async function search(): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const connectionString = await parts.use(await startSite()).createDatabase()
  const log = pino({ level: 'warn' })
  await migrate(connectionString, { log })
  const database = openDatabase(openPool(connectionString, { log }), { log })
  parts.defer(() => database.$disconnect())
  const client = new pg.Client({ connectionString })
  await client.connect()
  parts.defer(() => client.end())

  const names = [{ namespace: 'test', name: 'tokenized_string_property' }]
  const [definition] = await createPropertyDefinitionStore({ database }).find(LICENSE, names)
  if (!definition) throw new Error('The property of the namespace test is missing')
  const begun = now()
  await fill(client, definition.id)
  await client.query('vacuum analyze property_value, property_word')
  const title = `${CHATS} values, filled in ${((now() - begun) / 1_000).toFixed(0)} s`

  const rows: (string | number)[][] = []
  for (const [what, test] of cases) {
    const search: PropertySearch = { licenseId: LICENSE, definitionId: definition.id, location: 'CHAT', test }
    for (const [page, after] of pages) rows.push([what, page, ...(await explain(client, search, after))])
  }
  table(title, ['', 'page', 'ms', 'rows', 'buffers', 'reads'], rows)
  if (rows.some((row) => String(row.at(-1)).includes('Seq Scan'))) throw new Error('A search reads a whole table')
}

/** Writes directly to the tables: the store takes one target at a time. */
async function fill(client: pg.Client, definitionId: number): Promise<void> {
  for (let first = 0; first < CHATS; first += CHATS_PER_BATCH) {
    const chats = Array.from({ length: CHATS_PER_BATCH }, (_, index) => first + index)
    const values = chats.map((chat) => JSON.stringify(textOf(chat)))
    await client.query(
      `insert into property_value (license_id, location, target, definition_id, value, digest)
      select $1, 'CHAT', target, $2, value, digest
      from unnest($3::text[], $4::jsonb[], $5::bytea[]) as given(target, value, digest)`,
      [LICENSE, definitionId, chats.map(idOf), values, values.map(digest)],
    )
    const words = chats.flatMap((chat) =>
      wordsOf(textOf(chat)).map((word) => ({ target: idOf(chat), word: digest(word) })),
    )
    await client.query(
      `insert into property_word (license_id, location, target, definition_id, word)
      select $1, 'CHAT', target, $2, word from unnest($3::text[], $4::bytea[]) as given(target, word)`,
      [LICENSE, definitionId, words.map(({ target }) => target), words.map(({ word }) => word)],
    )
  }
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

async function explain(client: pg.Client, search: PropertySearch, after: string | undefined) {
  const { text, values } = searchStatement(search, { after, before: undefined, backwards: false, take: TAKE })
  const run = () => client.query(`explain (analyze, buffers, format json) ${text}`, values)
  await run()
  const { rows } = await run()
  const { Plan: plan, 'Execution Time': ms } = rows[0]['QUERY PLAN'][0] as { Plan: Plan; 'Execution Time': number }
  const scans = new Set(
    nodesOf(plan)
      .filter((node) => node['Relation Name'] || node['Index Name'])
      .map((node) => `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name']}`),
  )
  const buffers = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  return [ms.toFixed(2), plan['Actual Rows'], buffers, [...scans].join(', ')]
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}
