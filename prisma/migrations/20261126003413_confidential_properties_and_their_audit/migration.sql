-- AlterEnum
ALTER TYPE "audit_action" ADD VALUE 'PROPERTIES_SET';
ALTER TYPE "audit_action" ADD VALUE 'PROPERTIES_DELETED';

-- AlterTable
ALTER TABLE "chat_event" ADD COLUMN     "only_client_id" TEXT;

-- AlterTable
ALTER TABLE "webhook_delivery" ADD COLUMN     "confidential" BOOLEAN NOT NULL DEFAULT false;

-- What there was before: a change of properties that others may not read is an event of the one namespace that they are in.
UPDATE "chat_event" SET "only_client_id" = hidden."namespace" FROM (
  SELECT "chat_event"."id", told."namespace"
  FROM "chat_event"
  CROSS JOIN LATERAL jsonb_each(
    CASE WHEN "action" IN ('CHAT_PROPERTIES_UPDATED', 'CHAT_PROPERTIES_DELETED', 'CHAT_THREAD_PROPERTIES_UPDATED', 'CHAT_THREAD_PROPERTIES_DELETED')
    THEN "data"::jsonb -> 'properties' END
  ) AS told("namespace", "properties")
  JOIN "property_definition" definition ON definition."license_id" = "chat_event"."license_id"
    AND definition."namespace" = told."namespace" AND told."properties" ? definition."name"
  WHERE NOT 'READ' = ANY (definition."access")
) hidden WHERE hidden."id" = "chat_event"."id";

-- Which properties a delivery carries as additional data is not known any more: some of them may be hidden from others.
UPDATE "webhook_delivery" SET "confidential" = true
WHERE "additional_data" LIKE '%"chat_properties"%'
  OR "chat_event_id" IN (SELECT "id" FROM "chat_event" WHERE "only_client_id" IS NOT NULL);
