import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Vite would take the package's ES modules and Node.js takes the others: two copies, whose types do not know each other.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/examples.ts', 'test/support/postgres.ts'],
    // More than there are cores on a small machine: many tests wait for something most of the time.
    maxWorkers: 4,
    // They tell what hangs, not what is slow: on a busy machine a gateway with its own PostgreSQL takes seconds to start.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
