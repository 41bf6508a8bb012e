import { benchmark } from './benchmark.ts'
export const soak = benchmark({ measures: '-', flags: {}, onlyByName: true, run: async () => {} })
