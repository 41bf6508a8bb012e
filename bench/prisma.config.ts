import { defineConfig } from 'prisma/config'

// As in ../prisma.config.ts: to generate a client takes no engine.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= import.meta.filename
export default defineConfig({ schema: 'request-peers/prisma/schema.prisma' })
