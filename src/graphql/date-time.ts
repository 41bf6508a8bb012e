import { GraphQLError, GraphQLScalarType } from 'graphql'
import { DateTimeResolver } from 'graphql-scalars'

const config = DateTimeResolver.toConfig()

/** RFC 3339, within the years that PostgreSQL counts as RFC 3339 does: it has no year 0. */
export const DateTime = new GraphQLScalarType<Date, Date>({
  ...config,
  parseValue: (value) => demandYear(config.parseValue(value)),
  parseLiteral: (node, variables) => demandYear(config.parseLiteral(node, variables)),
})

function demandYear(date: Date): Date {
  if (date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9_999) return date
  throw new GraphQLError('DateTime must be in the years 0001 to 9999.')
}
