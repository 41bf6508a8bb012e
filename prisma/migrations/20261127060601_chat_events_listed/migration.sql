-- A list is a merge of ranges, one for each action: see docs/decisions/lists.md. If there are very many events, create these (CONCURRENTLY)
-- by hand beforehand, with the column chat_id of the migration before: see docs/decisions/migrations.md.
CREATE INDEX IF NOT EXISTS "chat_event_of_license" ON "chat_event"("license_id", "action", ("matched" > 0), "created_at")
  WHERE "only_client_id" IS NULL;
CREATE INDEX IF NOT EXISTS "chat_event_of_only_client" ON "chat_event"("license_id", "only_client_id", "action", "created_at")
  WHERE "only_client_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "chat_event_of_chat" ON "chat_event"("license_id", hashtext("chat_id"), "created_at")
  WHERE "chat_id" IS NOT NULL;
