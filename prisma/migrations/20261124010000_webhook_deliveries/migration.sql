-- CreateEnum
CREATE TYPE "webhook_action" AS ENUM ('INCOMING_CHAT_THREAD', 'INCOMING_EVENT', 'INCOMING_RICH_MESSAGE_POSTBACK', 'LAST_SEEN_TIMESTAMP_UPDATED', 'THREAD_CLOSED', 'CHAT_PROPERTIES_UPDATED', 'CHAT_PROPERTIES_DELETED', 'CHAT_THREAD_PROPERTIES_UPDATED', 'CHAT_THREAD_PROPERTIES_DELETED', 'CHAT_USER_ADDED', 'CHAT_USER_REMOVED', 'CHAT_THREAD_TAGGED', 'CHAT_THREAD_UNTAGGED', 'AGENT_STATUS_CHANGED', 'AGENT_DELETED');

-- CreateEnum
CREATE TYPE "webhook_delivery_state" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED', 'HELD', 'CANCELLED');

-- CreateEnum
CREATE TYPE "webhook_attempt_error" AS ENUM ('HTTP_STATUS', 'TIMEOUT', 'DNS', 'CONNECTION', 'TLS', 'BLOCKED_ADDRESS', 'INTERRUPTED');

-- AlterEnum
ALTER TYPE "feed_topic" ADD VALUE 'WEBHOOK_DELIVERY';

-- AlterTable
ALTER TABLE "bot_agent" ADD COLUMN     "webhooks_failing_since" TIMESTAMPTZ(3),
ADD COLUMN     "webhooks_failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "webhooks_former_secret_key" BYTEA,
ADD COLUMN     "webhooks_paused_until" TIMESTAMPTZ(3),
ADD COLUMN     "webhooks_pauses" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "webhooks_secret_key_changed_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "webhook_listener" (
    "license_id" INTEGER NOT NULL,
    "action" "webhook_action" NOT NULL,
    "bot_agent_id" TEXT NOT NULL,

    CONSTRAINT "webhook_listener_pkey" PRIMARY KEY ("license_id","action","bot_agent_id")
);

-- CreateTable
CREATE TABLE "chat_event" (
    "id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "action" "webhook_action" NOT NULL,
    "data" TEXT NOT NULL,
    "matched" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "chat_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chat_event_key" (
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "chat_event_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "chat_event_key_pkey" PRIMARY KEY ("license_id","client_id","key")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "chat_event_id" TEXT,
    "action" "webhook_action" NOT NULL,
    "state" "webhook_delivery_state" NOT NULL,
    "url" TEXT NOT NULL,
    "ping" BOOLEAN NOT NULL DEFAULT false,
    "additional_data" TEXT NOT NULL,
    "secret_key" BYTEA NOT NULL,
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "replay" BOOLEAN NOT NULL DEFAULT false,
    "replayed_at" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3),
    "lease_id" UUID,
    "leased_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_attempt" (
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "status_code" INTEGER,
    "error" "webhook_attempt_error",
    "response_body" TEXT,
    "replay" BOOLEAN NOT NULL,

    CONSTRAINT "webhook_attempt_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateIndex
CREATE INDEX "webhook_listener_of_bot_agent" ON "webhook_listener"("bot_agent_id");

-- CreateIndex
CREATE INDEX "chat_event_by_age" ON "chat_event"("created_at");

-- CreateIndex
CREATE INDEX "chat_event_key_by_age" ON "chat_event_key"("created_at");

-- CreateIndex
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery"("bot_agent_id", "next_attempt_at", "id") WHERE "state" = 'PENDING';

-- CreateIndex
CREATE INDEX "webhook_delivery_of_license" ON "webhook_delivery"("license_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_of_application" ON "webhook_delivery"("license_id", "client_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_of_bot_agent" ON "webhook_delivery"("bot_agent_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "webhook_delivery_by_age" ON "webhook_delivery"("finished_at");

-- CreateIndex
CREATE INDEX "webhook_delivery_of_chat_event" ON "webhook_delivery"("chat_event_id");

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_chat_event_id_fkey" FOREIGN KEY ("chat_event_id") REFERENCES "chat_event"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_listener" ADD CONSTRAINT "webhook_listener_bot_agent_id_fkey" FOREIGN KEY ("bot_agent_id") REFERENCES "bot_agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_attempt" ADD CONSTRAINT "webhook_attempt_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "webhook_delivery"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Bot agents of before listen, too.
INSERT INTO "webhook_listener" ("license_id", "action", "bot_agent_id")
SELECT "license_id", ("listened"->>'name')::"webhook_action", "id"
FROM "bot_agent", jsonb_array_elements("webhooks_actions") AS "listened";
