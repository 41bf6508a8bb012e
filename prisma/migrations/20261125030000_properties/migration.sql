-- CreateEnum
CREATE TYPE "property_type" AS ENUM ('INT', 'BOOL', 'STRING', 'TOKENIZED_STRING');

-- CreateEnum
CREATE TYPE "property_access" AS ENUM ('READ', 'WRITE');

-- CreateEnum
CREATE TYPE "property_location" AS ENUM ('LICENSE', 'GROUP', 'BOT_AGENT', 'CHAT', 'THREAD', 'EVENT');

-- CreateTable
CREATE TABLE "property_definition" (
    "id" SERIAL NOT NULL,
    "license_id" INTEGER,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" "property_type" NOT NULL,
    "domain" JSONB,
    "range_from" INTEGER,
    "range_to" INTEGER,
    "access" "property_access"[],

    CONSTRAINT "property_definition_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "property_value" (
    "license_id" INTEGER NOT NULL,
    "location" "property_location" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "definition_id" INTEGER NOT NULL,
    "value" JSONB NOT NULL,
    "digest" BYTEA NOT NULL,
    "bot_agent_id" TEXT,

    CONSTRAINT "property_value_pkey" PRIMARY KEY ("license_id","location","target","definition_id")
);

-- CreateTable
CREATE TABLE "property_word" (
    "license_id" INTEGER NOT NULL,
    "definition_id" INTEGER NOT NULL,
    "location" "property_location" NOT NULL,
    "word" BYTEA NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "property_word_pkey" PRIMARY KEY ("license_id","definition_id","location","word","target")
);

-- CreateIndex
CREATE UNIQUE INDEX "property_definition_name" ON "property_definition"("license_id", "namespace", "name");

-- CreateIndex
CREATE INDEX "property_value_by_target" ON "property_value"("license_id", "definition_id", "location", "target", "digest");

-- CreateIndex
CREATE INDEX "property_value_by_digest" ON "property_value"("license_id", "definition_id", "location", "digest", "target");

-- CreateIndex
CREATE INDEX "property_value_of_bot_agent" ON "property_value"("bot_agent_id") WHERE "bot_agent_id" IS NOT NULL;

-- CreateIndex
CREATE INDEX "property_word_of_value" ON "property_word"("license_id", "location", "target", "definition_id");

-- AddForeignKey
ALTER TABLE "property_value" ADD CONSTRAINT "property_value_definition_id_fkey" FOREIGN KEY ("definition_id") REFERENCES "property_definition"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "property_value" ADD CONSTRAINT "property_value_bot_agent_id_fkey" FOREIGN KEY ("bot_agent_id") REFERENCES "bot_agent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Words go with their value. A foreign key would be asked for each word that is written.
CREATE FUNCTION "remove_property_words"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "property_word"
  WHERE "license_id" = OLD."license_id" AND "location" = OLD."location" AND "target" = OLD."target"
    AND "definition_id" = OLD."definition_id";
  RETURN NULL;
END
$$;
CREATE TRIGGER "property_words_go_with_value" AFTER DELETE ON "property_value"
    FOR EACH ROW EXECUTE FUNCTION "remove_property_words"();

-- What every license has, from its first moment.
INSERT INTO "property_definition" ("namespace", "name", "type", "access") VALUES
    ('test', 'bool_property', 'BOOL', '{READ,WRITE}'),
    ('test', 'int_property', 'INT', '{READ,WRITE}'),
    ('test', 'string_property', 'STRING', '{READ,WRITE}'),
    ('test', 'tokenized_string_property', 'TOKENIZED_STRING', '{READ,WRITE}');

-- The target of a bot agent's property is that bot agent.
ALTER TABLE "property_value" ADD CONSTRAINT "property_value_target_bot_agent"
    CHECK ("bot_agent_id" IS NOT DISTINCT FROM CASE WHEN "location" = 'BOT_AGENT' THEN "target" COLLATE "default" END);
