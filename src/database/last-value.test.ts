import { expect, it } from 'vitest'
import { connect, databaseWithFeed } from '../../test/support/feed.ts'
import { lastValueOf } from './last-value.ts'

it('the last value of a sequence never goes back, however many are taken meanwhile', { timeout: 20_000 }, async () => {
  const url = await databaseWithFeed()
  const [writer, reader] = [await connect(url), await connect(url)]
  const taken = writer.query(`do $$ begin for n in 1..400000 loop perform nextval('feed_position'); end loop; end $$`)
  const read = reader.query(`do $$
    declare
      highest bigint := 0;
      seen bigint;
    begin
      for n in 1..200000 loop
        select ${lastValueOf('feed_position')} into seen;
        if seen < highest then raise exception 'It was %, and then %', highest, seen; end if;
        highest := seen;
      end loop;
      if highest < 1000 then raise exception 'Hardly any were taken meanwhile: %', highest; end if;
    end $$`)
  await expect(Promise.all([taken, read])).resolves.toBeDefined()
})
