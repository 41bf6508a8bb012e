-- AlterTable
ALTER TABLE "bot_agent" ADD COLUMN     "webhooks_headers" BYTEA;
