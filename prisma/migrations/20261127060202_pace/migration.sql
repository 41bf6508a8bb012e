-- AlterTable
ALTER TABLE "bot_agent" ADD COLUMN     "webhooks_max_per_second" INTEGER;

-- CreateTable
CREATE TABLE "webhook_pace" (
    "bot_agent_id" TEXT NOT NULL,
    "next_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "webhook_pace_pkey" PRIMARY KEY ("bot_agent_id")
);
