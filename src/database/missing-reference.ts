/** PostgreSQL's code for a row that refers to one that does not exist. */
const FOREIGN_KEY_VIOLATION = '23503'

/** What Prisma adds to the error of a statement. */
interface Failure {
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown } } }
}

/** Whether a statement failed because a row that it refers to has been removed. */
export function isMissingReference(error: unknown): boolean {
  return (error as Failure | undefined)?.meta?.driverAdapterError?.cause?.originalCode === FOREIGN_KEY_VIOLATION
}
