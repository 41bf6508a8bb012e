-- The foreign key looked up the delivery of each attempt, which the same statement has just updated. What it did when a delivery was
-- removed, a trigger does, so that gateways of the previous release need not know: see docs/decisions/delivery-storage.md.
CREATE FUNCTION "remove_webhook_attempts"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "webhook_attempt" WHERE "delivery_id" = ANY (ARRAY(SELECT "id" FROM "removed"));
  RETURN NULL;
END
$$;
CREATE TRIGGER "webhook_delivery_removed" AFTER DELETE ON "webhook_delivery"
  REFERENCING OLD TABLE AS "removed" FOR EACH STATEMENT EXECUTE FUNCTION "remove_webhook_attempts"();

-- DropForeignKey
ALTER TABLE "webhook_attempt" DROP CONSTRAINT "webhook_attempt_delivery_id_fkey";
