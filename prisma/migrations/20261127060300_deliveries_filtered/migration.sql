-- Filters of the delivery log: see docs/decisions/lists.md. If there are very many deliveries, add the columns and create the index
-- (CONCURRENTLY) by hand beforehand: see docs/decisions/migrations.md.

-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN IF NOT EXISTS "last_error" "webhook_attempt_error",
ADD COLUMN IF NOT EXISTS "last_status_code" INTEGER;

-- AlterTable
ALTER TABLE "webhook_replay" ADD COLUMN     "filter" JSONB;

-- The id of a chat as a hash, for the same reasons as in the other indexes of lists.
CREATE INDEX IF NOT EXISTS "webhook_delivery_of_chat" ON "webhook_delivery"("license_id", hashtext("chat_id"), "number") WHERE "chat_id" IS NOT NULL;
