-- In a transaction of its own: it locks the table only for a moment, and not while the other index is built. A gateway of the previous release
-- reads the other index instead.
DROP INDEX IF EXISTS "property_value_by_target";
