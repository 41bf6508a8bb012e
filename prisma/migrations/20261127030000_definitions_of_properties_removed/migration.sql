-- Before a definition is removed, PostgreSQL looks for values by the definition alone. Every search names both columns, so their order does
-- not matter to it.
DROP INDEX "property_value_by_target";
CREATE INDEX "property_value_by_target" ON "property_value"("definition_id", "license_id", "location", "target", "digest");
