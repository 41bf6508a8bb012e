/**
 * A sequence that is read like a table is up to 32 ahead for a moment, while the server logs the values to come.
 * @returns an expression: the last value that was taken of a sequence, by whomever; 0 if none was
 */
export const lastValueOf = (sequence: string): string => `coalesce(pg_sequence_last_value('${sequence}'::regclass), 0)`
