-- Deliveries of a chat, of each application by itself: see docs/decisions/lists.md. Ids as hashes, for the same reasons as in the other
-- indexes of lists. If there are very many deliveries, create it (CONCURRENTLY) by hand beforehand: see docs/decisions/migrations.md.
CREATE INDEX IF NOT EXISTS "webhook_delivery_of_chat"
  ON "webhook_delivery"("license_id", hashtext("chat_id"), hashtext("client_id"), "number") WHERE "chat_id" IS NOT NULL;
