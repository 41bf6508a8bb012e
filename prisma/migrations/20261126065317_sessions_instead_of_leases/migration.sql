-- AlterTable
ALTER TABLE "webhook_delivery" DROP COLUMN "lease_id",
DROP COLUMN "leased_until",
ADD COLUMN     "interruptions" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "webhook_claim" (
    "id" UUID NOT NULL,
    "worker" INTEGER NOT NULL,
    "delivery_ids" TEXT[] NOT NULL,
    "attempts" INTEGER[] NOT NULL,

    CONSTRAINT "webhook_claim_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stopped_webhooks" (
    "bot_agent_id" TEXT NOT NULL,
    "cancel" BOOLEAN NOT NULL,
    "stopped_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "stopped_webhooks_pkey" PRIMARY KEY ("bot_agent_id","cancel")
);

-- CreateIndex
CREATE INDEX "webhook_claim_of_worker" ON "webhook_claim"("worker");

-- Pings have an index of their own. Without a condition on pings, a claim would read those of this one and drop them.
DROP INDEX "webhook_delivery_due";
CREATE INDEX "webhook_delivery_due" ON "webhook_delivery"("bot_agent_id", "next_attempt_at") WHERE "state" = 'PENDING' AND NOT "ping";

-- A gateway inserts and deletes many of these each second.
ALTER TABLE "webhook_claim" SET (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
