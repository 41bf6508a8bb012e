-- AlterTable
ALTER TABLE "webhook_attempt" ADD COLUMN     "detail" JSON,
ADD COLUMN     "gateway" INTEGER;
