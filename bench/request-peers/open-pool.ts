import pg from 'pg'

/**
 * As many connections as the gateway has. Times are read as the text that GraphQL returns, without a `Date` in between.
 */
export function openPool(connectionString: string): pg.Pool {
  pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, dateTime)
  return new pg.Pool({ connectionString, max: 20, options: '-c timezone=UTC' })
}

/** @param text such as `2026-01-01 00:00:00.12+00`, without a fraction if that is 0 @returns in the form of `Date.toJSON` */
function dateTime(text: string): string {
  const time = text.slice(11, -3)
  return `${text.slice(0, 10)}T${time.length === 8 ? `${time}.000` : time.padEnd(12, '0')}Z`
}
