-- Both are null for events of before, and for those of gateways of the previous release.
ALTER TABLE "chat_event" ADD COLUMN     "chat_id" TEXT,
ADD COLUMN     "seen" TEXT;

-- CreateTable
CREATE TABLE "chat_event_reached" (
    "chat_event_id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "action" "webhook_action" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL
);

-- A list is a merge of ranges, one for each action: see docs/decisions/lists.md. Where the table is large, build these beforehand.
CREATE INDEX IF NOT EXISTS "chat_event_of_license" ON "chat_event"("license_id", "action", ("matched" > 0), "created_at")
  WHERE "only_client_id" IS NULL;
CREATE INDEX IF NOT EXISTS "chat_event_of_only_client" ON "chat_event"("license_id", "only_client_id", "action", "created_at")
  WHERE "only_client_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "chat_event_of_chat" ON "chat_event"("license_id", hashtext("chat_id"), "created_at")
  WHERE "chat_id" IS NOT NULL;
CREATE INDEX "chat_event_reached_list" ON "chat_event_reached"("license_id", hashtext("client_id"), "action", "created_at");
CREATE INDEX "chat_event_reached_by_age" ON "chat_event_reached"("created_at");
