-- Pings are sent whatever the state of the destination, so they are looked for apart.
CREATE INDEX "webhook_delivery_ping_due" ON "webhook_delivery"("id") WHERE "ping" AND "state" = 'PENDING';
