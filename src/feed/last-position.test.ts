import { expect, it } from 'vitest'
import { connect, databaseWithFeed } from '../../test/support/feed.ts'
import { LAST_POSITION } from './last-position.ts'

it('the last position never goes back, however many are taken meanwhile', { timeout: 20_000 }, async () => {
  const url = await databaseWithFeed()
  const [writer, reader] = [await connect(url), await connect(url)]
  let isWriting = true
  const written = writer
    .query(`do $$ begin for taken in 1..250000 loop perform nextval('feed_position'); end loop; end $$`)
    .finally(() => {
      isWriting = false
    })
  const seen: bigint[] = []
  while (isWriting) {
    const { rows } = await reader.query({ name: 'last', text: `select ${LAST_POSITION}::text as last` })
    seen.push(BigInt(rows[0].last))
  }
  await written
  expect(seen.length).toBeGreaterThan(500)
  expect(seen.filter((last, index) => last < (seen[index - 1] ?? 0n))).toEqual([])
})
