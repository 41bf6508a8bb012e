import { Prisma } from './client/client.ts'

const MARK = '/* prepared */'
const names = new Map<string, string>()

/**
 * A statement that each connection plans once. For the few that run for every request: planning may take longer than running.
 * @param statement has one of few texts. Each connection keeps the plans of all of them
 */
export function prepared(statement: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`${Prisma.raw(MARK)} ${statement}`
}

/** @returns the name under which a connection keeps the plan of this text; an empty one, for none, if it was not marked with `prepared` */
export function preparedName({ sql }: { readonly sql: string }): string {
  if (!sql.startsWith(MARK)) return ''
  const name = names.get(sql) ?? `prepared_${names.size}`
  names.set(sql, name)
  return name
}
