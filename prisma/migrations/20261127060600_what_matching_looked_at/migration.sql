-- Both are null for events of before, and for those of gateways of the previous release. Without a default, so that no row is written.
ALTER TABLE "chat_event" ADD COLUMN IF NOT EXISTS "chat_id" TEXT,
ADD COLUMN IF NOT EXISTS "seen" TEXT;

-- CreateTable
CREATE TABLE "chat_event_reached" (
    "chat_event_id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "action" "webhook_action" NOT NULL,
    "matched" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "chat_event_reached_pkey" PRIMARY KEY ("chat_event_id","client_id")
);

-- The ranges that its lists merge: see docs/decisions/lists.md.
CREATE INDEX "chat_event_reached_list" ON "chat_event_reached"("license_id", hashtext("client_id"), "action", "created_at");
