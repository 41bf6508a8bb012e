-- Before a definition is removed, PostgreSQL looks for values by the definition alone. Every search names both columns, so their order does
-- not matter to it. The next migration drops the index that this one replaces.
CREATE INDEX IF NOT EXISTS "property_value_by_definition" ON "property_value"("definition_id", "license_id", "location", "target", "digest");
