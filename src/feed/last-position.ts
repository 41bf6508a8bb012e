/**
 * An expression: the last position that was taken, by whomever; 0 if none was. A sequence that is read like a table is up to 32 ahead for
 * a moment, while the server logs the values to come.
 */
export const LAST_POSITION = `coalesce(pg_sequence_last_value('feed_position'::regclass), 0)`
