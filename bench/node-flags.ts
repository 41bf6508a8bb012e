import manifest from '../package.json' with { type: 'json' }

/** The flags with which `npm start` runs Node.js. Whoever is compared with the gateway gets them as well. */
export const nodeFlags: readonly string[] = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'))
