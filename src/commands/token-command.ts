import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import { openSso } from '../identity/issuers/sso.ts'
import { scopes } from '../identity/scope.ts'

const usage = `Prints one access token of the built-in SSO.

  npm run --silent token -- --client-id ID --license N [--scope "SCOPE …"] [--expires-in SECONDS]

  --client-id   the application that calls, such as my-bots
  --license     the license that it calls for, a whole number from 0
  --scope       what the token allows, separated by spaces; by default all of these:
                ${scopes.join('\n                ')}
  --expires-in  seconds for which the token is valid, by default 3600
`

const wholeNumber = z
  .string()
  .regex(/^-?\d+$/, 'must be a whole number')
  .transform(Number)

const options = z.object({
  'client-id': z.string({ error: 'is missing' }).min(1, 'is empty'),
  license: z
    .string({ error: 'is missing' })
    .pipe(wholeNumber)
    .pipe(z.int32('must be a whole number from 0 to 2147483647').nonnegative('must be a whole number from 0')),
  scope: z
    .string()
    .transform((text) => text.split(' ').filter(Boolean))
    .default([...scopes]),
  'expires-in': wholeNumber
    .pipe(z.number().max(3_153_600_000, 'must be at most 100 years, 3153600000 seconds'))
    .default(3_600),
})

try {
  const option = { type: 'string' } as const
  const help = { type: 'boolean', short: 'h' } as const
  const { values } = parseArgs({
    options: { 'client-id': option, license: option, scope: option, 'expires-in': option, help },
  })
  if (values.help) {
    process.stdout.write(usage)
    process.exit()
  }
  const { success, data, error } = options.safeParse(values)
  if (!success) throw new Error(error.issues.map(({ path, message }) => `--${String(path[0])} ${message}`).join('\n'))

  const unknown = data.scope.filter((scope) => !scopes.some((known) => known === scope))
  if (unknown.length)
    process.stderr.write(`The gateway does not know the scope ${unknown.join(', ')}. The token contains it anyway.\n`)

  const { OIDC_ISSUER: issuer } = process.env
  if (issuer)
    throw new Error(
      `OIDC_ISSUER is set: tokens are issued by ${issuer}, and those of the built-in SSO are not accepted.`,
    )
  const sso = await openSso(readConfig(process.env).dataDir)
  const token = await sso.sign({
    clientId: data['client-id'],
    licenseId: data.license,
    scopes: data.scope,
    expiresIn: data['expires-in'],
  })
  process.stdout.write(`${token}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exitCode = 2
}
