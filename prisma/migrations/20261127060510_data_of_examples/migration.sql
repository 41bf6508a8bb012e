-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN "example_data" TEXT;
