import { benchmark } from './benchmark.ts'
export const streams = benchmark({ measures: '-', flags: {}, onlyByName: true, run: async () => {} })
