import { defineConfig } from 'prisma/config'

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= import.meta.filename
export default defineConfig({ schema: 'prisma/schema.prisma' })
