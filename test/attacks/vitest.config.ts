import { defineConfig } from 'vitest/config'
import shared from '../../vitest.config.ts'

/** An attack needs the whole machine: files run one after another, and not with other tests. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/attacks/*.attack.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The machine may pause for other reasons, but not four times in the same place. A defect of the gateway fails every time.
    retry: 3,
  },
})
