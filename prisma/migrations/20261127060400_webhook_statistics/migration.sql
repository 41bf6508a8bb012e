-- CreateEnum
CREATE TYPE "webhook_tally_kind" AS ENUM ('MATCHED', 'HELD', 'ATTEMPTED');

-- CreateTable
CREATE TABLE "webhook_tally" (
    "id" BIGSERIAL NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "kind" "webhook_tally_kind" NOT NULL,
    "bot_agent_ids" TEXT[],
    "errors" "webhook_attempt_error"[],
    "durations" INTEGER[],
    "retried" BOOLEAN[],

    CONSTRAINT "webhook_tally_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_statistics" (
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "seconds" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "matched" INTEGER NOT NULL,
    "held" INTEGER NOT NULL,
    "delivered" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "retried" INTEGER NOT NULL,
    "failures" INTEGER[],
    "durations" INTEGER[],
    "last_success_at" TIMESTAMPTZ(3),
    "last_failure_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_statistics_pkey" PRIMARY KEY ("license_id","bot_agent_id","seconds","at","client_id")
);

-- A row is written again and again while its minute or hour lasts: in place, where its page has room.
ALTER TABLE "webhook_statistics" SET (fillfactor = 70);

-- CreateIndex
CREATE INDEX "webhook_statistics_by_age" ON "webhook_statistics"("seconds", "at");

-- Without a default while it is added, so that no row is written. Null: not changed since this migration.
ALTER TABLE "bot_agent" ADD COLUMN "webhooks_state_since" TIMESTAMPTZ(3);
ALTER TABLE "bot_agent" ALTER COLUMN "webhooks_state_since" SET DEFAULT clock_timestamp();

-- A trigger, so that whatever changes the state says since when: a gateway of the previous release as well.
CREATE FUNCTION "note_webhooks_state_since"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."webhooks_state_since" := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER "bot_agent_webhooks_state_changed" BEFORE UPDATE OF "webhooks_state" ON "bot_agent"
  FOR EACH ROW WHEN (OLD."webhooks_state" IS DISTINCT FROM NEW."webhooks_state") EXECUTE FUNCTION "note_webhooks_state_since"();
