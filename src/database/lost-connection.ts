/** Codes of Node.js, of PostgreSQL while it stops or starts, and of Prisma. */
const CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03', 'P1001', 'P1017'])

/** Whether an error of the driver, or one that it has caused, says that PostgreSQL was not there or has gone away. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, message, cause } = error as Error & { code?: unknown }
  if (error instanceof AggregateError && error.errors.some(isLostConnection)) return true
  return CODES.has(String(code)) || message.startsWith('Connection terminated') || isLostConnection(cause)
}
