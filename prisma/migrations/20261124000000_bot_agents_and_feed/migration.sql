-- A position is taken after the transaction has an id: whoever holds a lower position is then seen as running.
-- See docs/decisions/feed.md.
CREATE SEQUENCE "feed_position";
CREATE FUNCTION "next_feed_position"() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_current_xact_id();
  RETURN nextval('feed_position');
END
$$;

-- CreateEnum
CREATE TYPE "bot_agent_status" AS ENUM ('ACCEPTING_CHATS', 'NOT_ACCEPTING_CHATS', 'OFFLINE');

-- CreateEnum
CREATE TYPE "default_group_priority" AS ENUM ('FIRST', 'NORMAL', 'LAST', 'SUPERVISOR');

-- CreateEnum
CREATE TYPE "webhooks_state" AS ENUM ('ACTIVE', 'PAUSED', 'DISABLED');

-- CreateEnum
CREATE TYPE "feed_topic" AS ENUM ('BOT_AGENT_STATUS');

-- CreateTable
CREATE TABLE "bot_agent" (
    "id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "avatar" TEXT,
    "status" "bot_agent_status" NOT NULL,
    "max_chats_count" INTEGER NOT NULL,
    "default_group_priority" "default_group_priority" NOT NULL,
    "groups" JSONB NOT NULL,
    "webhooks_url" TEXT,
    "webhooks_secret_key" BYTEA,
    "webhooks_state" "webhooks_state",
    "webhooks_actions" JSONB,
    "access_token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "bot_agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed_entry" (
    "position" BIGINT NOT NULL DEFAULT next_feed_position(),
    "license_id" INTEGER NOT NULL,
    "topic" "feed_topic" NOT NULL,
    "client_id" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "feed_entry_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "feed_retention" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "pruned_through" BIGINT NOT NULL,

    CONSTRAINT "feed_retention_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "bot_agent_of_license" ON "bot_agent"("license_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "bot_agent_of_application" ON "bot_agent"("license_id", "client_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "feed_entry_of_license" ON "feed_entry"("license_id", "position");


INSERT INTO "feed_retention" ("pruned_through") VALUES (0);
