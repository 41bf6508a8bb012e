-- AlterTable
ALTER TABLE "webhook_replay" ADD COLUMN     "filter" JSONB;
