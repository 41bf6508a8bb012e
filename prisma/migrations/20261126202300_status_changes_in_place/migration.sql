-- A change of status writes no index and reuses its page (HOT): no index depends on the status, and pages have room.
DROP INDEX "bot_agent_of_access_token";
CREATE INDEX "bot_agent_of_access_token" ON "bot_agent"("access_token_hash");
ALTER TABLE "bot_agent" SET (fillfactor = 80);
