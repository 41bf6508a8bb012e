import { benchmark } from './benchmark.ts'
export const chaos = benchmark({ measures: '-', flags: {}, onlyByName: true, run: async () => {} })
