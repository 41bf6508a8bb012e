import { defineConfig } from 'vitest/config'
import shared from '../../vitest.config.ts'

/** Attacks take a gateway's whole machine: one file after the other, and not beside other tests. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/attacks/*.attack.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The machine may stand still for reasons of its own, and not four times in the same place; the gateway does again what it does.
    retry: 3,
  },
})
