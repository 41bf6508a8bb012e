-- AlterEnum
ALTER TYPE "feed_topic" ADD VALUE 'TOKEN_REVOCATION';

-- AlterTable
ALTER TABLE "feed_entry" ALTER COLUMN "license_id" DROP NOT NULL,
ALTER COLUMN "client_id" DROP NOT NULL,
ALTER COLUMN "bot_agent_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "access_token" (
    "hash" BYTEA NOT NULL,
    "revocation_keys" BYTEA[],
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "token_revocation" (
    "key" BYTEA NOT NULL,
    "issued_until" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "kept_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "token_revocation_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "logout_token" (
    "hash" BYTEA NOT NULL,
    "kept_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "logout_token_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "access_token_by_revocation_key" ON "access_token" USING GIN ("revocation_keys");

-- CreateIndex
CREATE INDEX "access_token_by_end" ON "access_token"("expires_at");

-- CreateIndex
CREATE INDEX "token_revocation_by_end" ON "token_revocation"("kept_until");

-- CreateIndex
CREATE INDEX "logout_token_by_end" ON "logout_token"("kept_until");

-- CreateIndex
CREATE INDEX "bot_agent_of_access_token" ON "bot_agent"("access_token_hash") WHERE "status" <> 'OFFLINE';
