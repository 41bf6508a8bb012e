-- What the last attempt came to, for filters of the delivery log. Without a default, so that no row is written.

-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN IF NOT EXISTS "last_error" "webhook_attempt_error",
ADD COLUMN IF NOT EXISTS "last_status_code" INTEGER;
