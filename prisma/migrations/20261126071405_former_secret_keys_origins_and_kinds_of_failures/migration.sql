ALTER TYPE "webhook_attempt_error" ADD VALUE 'CONNECTION_REFUSED';
ALTER TYPE "webhook_attempt_error" ADD VALUE 'CONNECTION_RESET';
ALTER TYPE "webhook_attempt_error" ADD VALUE 'RESPONSE_BROKEN_OFF';

ALTER TABLE "webhook_attempt" ADD COLUMN     "response_body_cut" BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE "former_secret_key" (
    "id" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "secret_key" BYTEA NOT NULL,
    "replaced_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "former_secret_key_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "former_secret_key_of_bot_agent" ON "former_secret_key"("bot_agent_id", "replaced_at");
ALTER TABLE "former_secret_key" ADD CONSTRAINT "former_secret_key_bot_agent_id_fkey" FOREIGN KEY ("bot_agent_id") REFERENCES "bot_agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

INSERT INTO "former_secret_key" ("id", "bot_agent_id", "secret_key", "replaced_at")
SELECT 'key_' || replace(gen_random_uuid()::text, '-', ''), "id", "webhooks_former_secret_key", "webhooks_secret_key_changed_at"
FROM "bot_agent"
WHERE "webhooks_former_secret_key" IS NOT NULL AND "webhooks_secret_key_changed_at" > clock_timestamp() - interval '24 hours';

ALTER TABLE "bot_agent" DROP COLUMN "webhooks_former_secret_key",
DROP COLUMN "webhooks_secret_key_changed_at",
ADD COLUMN     "webhooks_origin" TEXT;

-- As near to `URL.origin` as SQL comes: one pair of slashes, lower case, without the port that the scheme implies.
UPDATE "bot_agent"
SET "webhooks_origin" = regexp_replace(
  lower(regexp_replace("webhooks_url", '^(https?):/+([^/?#]*).*$', '\1://\2', 'i')),
  '^(http://.*):(0*80)?$|^(https://.*):(0*443)?$', '\1\3')
WHERE "webhooks_url" IS NOT NULL;
