-- CreateEnum
CREATE TYPE "webhook_order" AS ENUM ('NONE', 'CHAT');

-- AlterTable
ALTER TABLE "bot_agent" ADD COLUMN     "webhooks_order" "webhook_order" NOT NULL DEFAULT 'NONE';

-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN     "chat_id" TEXT;

-- CreateTable
CREATE TABLE "listening" (
    "license_id" INTEGER NOT NULL,
    "version" UUID NOT NULL,

    CONSTRAINT "listening_pkey" PRIMARY KEY ("license_id")
);

-- CreateTable
CREATE TABLE "fan_out" (
    "id" BIGSERIAL NOT NULL,
    "action" "webhook_action" NOT NULL,
    "chat_event_ids" TEXT[],
    "chat_id" TEXT,
    "recipients" JSONB NOT NULL,
    "done" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "worked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "fan_out_pkey" PRIMARY KEY ("id")
);


-- Events that reach nobody are removed after a day, the others after the retention.
DROP INDEX "chat_event_by_age";
CREATE INDEX "chat_event_by_age" ON "chat_event"("created_at") WHERE "matched" > 0;
CREATE INDEX "chat_event_unmatched_by_age" ON "chat_event"("created_at") WHERE "matched" = 0;

-- Renews the version of these licenses. The lock on their rows makes changes of one license run one after the other, so a version stands
-- for exactly the changes committed by then. In the order of licenses, so that two changes do not wait for each other.
CREATE FUNCTION "renew_listening"("licenses" INTEGER[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO "listening" ("license_id", "version")
  SELECT "license_id", gen_random_uuid()
  FROM (SELECT DISTINCT unnest("licenses") AS "license_id" ORDER BY 1) AS "changed"
  ON CONFLICT ("license_id") DO UPDATE SET "version" = excluded."version"
$$;

CREATE FUNCTION "webhook_listener_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "renew_listening"(ARRAY(SELECT DISTINCT "license_id" FROM "changed"));
  RETURN NULL;
END
$$;
CREATE TRIGGER "webhook_listener_inserted" AFTER INSERT ON "webhook_listener"
  REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "webhook_listener_changed"();
CREATE TRIGGER "webhook_listener_updated" AFTER UPDATE ON "webhook_listener"
  REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "webhook_listener_changed"();
CREATE TRIGGER "webhook_listener_deleted" AFTER DELETE ON "webhook_listener"
  REFERENCING OLD TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "webhook_listener_changed"();

-- Inserted and removed bot agents insert and remove rows of webhook_listener.
CREATE FUNCTION "bot_agent_listening_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "licenses" INTEGER[] := ARRAY(
    SELECT DISTINCT "after"."license_id" FROM "after" JOIN "before" USING ("id")
    WHERE "after"."webhooks_url" IS NOT NULL AND (
      ("after"."status" = 'OFFLINE') <> ("before"."status" = 'OFFLINE')
      OR "after"."webhooks_order" <> "before"."webhooks_order"
      OR "after"."webhooks_actions" IS DISTINCT FROM "before"."webhooks_actions"));
BEGIN
  IF "licenses" <> '{}' THEN PERFORM "renew_listening"("licenses"); END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "bot_agent_listening" AFTER UPDATE ON "bot_agent"
  REFERENCING OLD TABLE AS "before" NEW TABLE AS "after" FOR EACH STATEMENT EXECUTE FUNCTION "bot_agent_listening_changed"();
