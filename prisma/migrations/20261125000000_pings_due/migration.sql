-- Pings are sent also where webhooks are paused or disabled, so they are looked for apart.
CREATE INDEX "webhook_delivery_ping_due" ON "webhook_delivery"("bot_agent_id", "id") WHERE "ping" AND "state" = 'PENDING';
