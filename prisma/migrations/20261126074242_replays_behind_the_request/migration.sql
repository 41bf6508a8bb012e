-- CreateTable
CREATE TABLE "webhook_replay" (
    "id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "states" "webhook_delivery_state"[],
    "since" TIMESTAMPTZ(3),
    "until" TIMESTAMPTZ(3),
    "begun" TIMESTAMPTZ(3) NOT NULL,
    "after" BIGINT NOT NULL,
    "through" BIGINT NOT NULL,
    "access_token_hash" BYTEA NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "webhook_replay_pkey" PRIMARY KEY ("id")
);
