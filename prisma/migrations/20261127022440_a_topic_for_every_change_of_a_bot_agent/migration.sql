-- AlterEnum
ALTER TYPE "feed_topic" ADD VALUE 'BOT_AGENT';
