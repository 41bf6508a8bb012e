-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN     "in_order" BOOLEAN NOT NULL DEFAULT false;

-- The deliveries of a chat in their order; and those that wait for an earlier one, which have no time of the next attempt.
CREATE INDEX "webhook_delivery_in_order" ON "webhook_delivery"("bot_agent_id", "chat_id", "number") WHERE "state" = 'PENDING' AND "in_order";
CREATE INDEX "webhook_delivery_parked" ON "webhook_delivery"("bot_agent_id", "chat_id", "number") WHERE "state" = 'PENDING' AND "next_attempt_at" IS NULL;
