import { propertySearch } from './property-search.ts'
import { requests } from './requests.ts'
import { webhooks } from './webhooks.ts'

const benchmarks = { webhooks, requests, 'property-search': propertySearch } as const

/** `npm run bench`: runs all benchmarks, or those that are passed by name. */
const named = process.argv.slice(2)
const unknown = named.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}.\n`,
  )
  process.exit(2)
}
for (const [name, run] of Object.entries(benchmarks)) if (named.length === 0 || named.includes(name)) await run()
