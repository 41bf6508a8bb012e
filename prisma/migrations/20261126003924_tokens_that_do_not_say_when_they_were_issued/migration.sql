-- AlterTable
ALTER TABLE "access_token" ALTER COLUMN "issued_at" DROP NOT NULL;
