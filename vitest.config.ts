import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'console/src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/examples.ts', 'test/support/postgres.ts'],
    // Node.js itself runs the sources, as it does in `npm run dev`. Vite takes some three times as long to load them for each file.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // The files of a worker share what they import: to load the gateway again for each of them took a sixth of the time.
    isolate: false,
    // More than there are cores on a small machine: many tests wait for something most of the time.
    maxWorkers: 4,
    // They tell what hangs, not what is slow: on a busy machine a gateway with its own PostgreSQL takes seconds to start.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
