-- The feed waits for the transactions that hold the lock of the table, so a position needs no transaction id before it.
-- See docs/decisions/feed.md.
ALTER TABLE "feed_entry" ALTER COLUMN "position" SET DEFAULT nextval('feed_position'::regclass);
DROP FUNCTION "next_feed_position"();

-- A stream reads the entries of one license and topic.
DROP INDEX "feed_entry_of_license";
CREATE INDEX "feed_entry_of_topic" ON "feed_entry"("license_id", "topic", "position");

-- Notices are read by themselves, before the entries.
CREATE INDEX "feed_entry_notices" ON "feed_entry"("position") WHERE "license_id" IS NULL;

-- A cursor holds the epoch, which changes when the database was restored to an earlier state.
ALTER TABLE "feed_retention" ADD COLUMN "epoch" INTEGER;
UPDATE "feed_retention" SET "epoch" = floor(random() * 65536);
ALTER TABLE "feed_retention" ALTER COLUMN "epoch" SET NOT NULL;
