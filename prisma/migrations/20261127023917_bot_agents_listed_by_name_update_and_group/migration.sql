-- Lists of bot agents, in each order and by each filter: see docs/decisions/lists.md. If there are very many bot agents, create the function
-- and the indexes (CONCURRENTLY) by hand beforehand: see docs/decisions/migrations.md.

-- What names are compared by: in the rules of Unicode, whatever the locale of the database. A PostgreSQL that was built without ICU has
-- those of the database alone. Upper case, because lower case depends on the letters around (sigma). The limit keeps it short enough for
-- an index, as a letter may become three.
DO $$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION "bot_agent_name_key"("name" text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
     RETURN left(upper(normalize("name", NFC) COLLATE %s), 255)',
    CASE WHEN EXISTS (SELECT FROM "pg_collation" WHERE "collname" = 'und-x-icu') THEN '"und-x-icu"' ELSE '"default"' END
  );
END
$$;

-- In the order of code points, which is the same on every machine and keeps names with the same beginning together.
CREATE INDEX IF NOT EXISTS "bot_agent_of_license_by_name" ON "bot_agent"("license_id", ("bot_agent_name_key"("name") COLLATE "C"), "id");
CREATE INDEX IF NOT EXISTS "bot_agent_of_application_by_name" ON "bot_agent"("license_id", "client_id", ("bot_agent_name_key"("name") COLLATE "C"), "id");
CREATE INDEX IF NOT EXISTS "bot_agent_by_webhooks_state" ON "bot_agent"("license_id", "client_id", "webhooks_state", "created_at", "id")
  WHERE "webhooks_state" IS NOT NULL;

-- CreateTable
CREATE TABLE "bot_agent_group" (
    "license_id" INTEGER NOT NULL,
    "group_id" INTEGER NOT NULL,
    "bot_agent_id" TEXT NOT NULL,

    CONSTRAINT "bot_agent_group_pkey" PRIMARY KEY ("license_id","group_id","bot_agent_id")
);

-- CreateIndex
CREATE INDEX "bot_agent_group_of_bot_agent" ON "bot_agent_group"("bot_agent_id");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "bot_agent_by_status" ON "bot_agent"("license_id", "client_id", "status", "created_at", "id", "webhooks_state");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "bot_agent_of_license_by_update" ON "bot_agent"("license_id", "updated_at", "id");

-- CreateIndex
CREATE INDEX IF NOT EXISTS "bot_agent_of_application_by_update" ON "bot_agent"("license_id", "client_id", "updated_at", "id");

-- AddForeignKey
ALTER TABLE "bot_agent_group" ADD CONSTRAINT "bot_agent_group_bot_agent_id_fkey" FOREIGN KEY ("bot_agent_id") REFERENCES "bot_agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "bot_agent_group" ("license_id", "group_id", "bot_agent_id")
SELECT DISTINCT "license_id", ("membership"->>'id')::int, "id" FROM "bot_agent" CROSS JOIN jsonb_array_elements("groups") "membership";

-- A trigger, so that a gateway of the previous release keeps it true as well.
CREATE FUNCTION "write_bot_agent_groups"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "bot_agent_group" WHERE "bot_agent_id" = NEW."id";
  INSERT INTO "bot_agent_group" ("license_id", "group_id", "bot_agent_id")
  SELECT DISTINCT NEW."license_id", ("membership"->>'id')::int, NEW."id" FROM jsonb_array_elements(NEW."groups") "membership";
  RETURN NULL;
END
$$;
CREATE TRIGGER "bot_agent_created_in_groups" AFTER INSERT ON "bot_agent"
  FOR EACH ROW WHEN (NEW."groups" <> '[]') EXECUTE FUNCTION "write_bot_agent_groups"();
CREATE TRIGGER "bot_agent_moved_to_groups" AFTER UPDATE OF "groups" ON "bot_agent"
  FOR EACH ROW WHEN (OLD."groups" IS DISTINCT FROM NEW."groups") EXECUTE FUNCTION "write_bot_agent_groups"();
