-- CreateEnum
CREATE TYPE "audit_action" AS ENUM ('CREATED', 'UPDATED', 'REMOVED', 'REVOKED', 'REPLAYED', 'PINGED', 'ENABLED', 'SECRET_READ');

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" TEXT NOT NULL,
    "license_id" INTEGER NOT NULL,
    "owner_client_id" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "action" "audit_action" NOT NULL,
    "replayed" INTEGER,
    "client_id" TEXT,
    "access_token_hash" BYTEA,
    "address" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "encryption_key" (
    "id" TEXT NOT NULL,
    "present_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "encryption_key_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_entry_of_application" ON "audit_entry"("license_id", "owner_client_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_entry_of_bot_agent" ON "audit_entry"("bot_agent_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "audit_entry_by_age" ON "audit_entry"("created_at");
