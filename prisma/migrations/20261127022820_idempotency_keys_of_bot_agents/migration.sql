-- CreateTable
CREATE TABLE "bot_agent_key" (
    "license_id" INTEGER NOT NULL,
    "client_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "bot_agent_id" TEXT NOT NULL,
    "input" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "bot_agent_key_pkey" PRIMARY KEY ("license_id","client_id","key")
);

-- CreateIndex
CREATE INDEX "bot_agent_key_by_age" ON "bot_agent_key"("created_at");
