import manifest from '../package.json' with { type: 'json' }

/** The flags with which `npm start` runs Node.js. Its peers in the benchmarks get them as well. */
export const nodeFlags: readonly string[] = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'))
