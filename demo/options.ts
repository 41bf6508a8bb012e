import { parseArgs } from 'node:util'
import { z } from 'zod'
import { CannotGoOn } from './gateway.ts'

const usage = `Plays chats to a running gateway and receives the resulting webhooks, until Ctrl-C.

  npm run demo -- [--url URL] [--rounds N] [--pace MILLISECONDS] [--keep]

  --url     the GraphQL endpoint; default: GATEWAY_URL, or port PORT of this machine, or port 4000
  --rounds  how many chats; default: no end
  --pace    milliseconds between steps; default: 1500
  --keep    keeps the bots; the next demo removes them
`

const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')
  .transform(Number)

const options = z.object({
  url: z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' }),
  rounds: wholeNumber.default(Number.POSITIVE_INFINITY),
  pace: wholeNumber.default(1_500),
  keep: z.boolean().default(false),
})
export type Options = z.output<typeof options>

/** From the command line and the environment. @throws CannotGoOn with the usage */
export function readOptions(): Options {
  try {
    const option = { type: 'string' } as const
    const url = {
      ...option,
      default: process.env.GATEWAY_URL || `http://127.0.0.1:${process.env.PORT || 4000}/graphql`,
    }
    const { values } = parseArgs({ options: { url, rounds: option, pace: option, keep: { type: 'boolean' } } })
    const { success, data, error } = options.safeParse(values)
    if (success) return data
    throw new Error(error.issues.map(({ path, message }) => `--${String(path[0])} ${message}`).join('\n'))
  } catch (error) {
    throw new CannotGoOn(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}
