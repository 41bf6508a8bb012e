import { resolve } from 'node:path'
import { z } from 'zod'
import type { AdmissionSettings } from './admission/admission.ts'
import { defaultRateLimits, noRateLimits } from './admission/rate-limits.ts'
import type { StorageSettings } from './database/storage.ts'
import { parseRetrySchedule } from './deliveries/retry-schedule.ts'
import type { FeatureSettings } from './features.ts'
import type { FeedSettings } from './feed/open-feed.ts'
import type { ConsoleProvider } from './http/console/sign-in.ts'
import type { HttpSettings } from './http/open-http.ts'
import type { IdentitySettings } from './identity/authentication/open-identity.ts'
import type { OpenIdSettings } from './identity/issuers/open-issuer.ts'
import { standardClaims } from './identity/issuers/token-claims.ts'
import { type AllowedNetworks, parseNetworks } from './outbound/addresses.ts'
import { isLoopback, isLoopbackUrl } from './outbound/loopback.ts'
import { parseDuration } from './process/duration.ts'
import { type LogLevel, logLevels } from './process/log.ts'

const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  context.addIssue({ code: 'custom', message: 'must be a duration: a number with ms, s, m, h or d, such as 30d' })
  return z.NEVER
})

/** @param parse returns what is wrong as a text */
function orWhatIsWrong<Value extends object>(parse: (text: string) => Value | string) {
  return z.string().transform((text, context) => {
    const value = parse(text)
    if (typeof value !== 'string') return value
    context.addIssue({ code: 'custom', message: value })
    return z.NEVER
  })
}

const wholeNumber = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`
  return z.string().regex(/^\d+$/, message).transform(Number).pipe(z.number().min(least, message).max(most, message))
}

const key = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'must be 32 bytes in hex (64 digits), for example the output of `openssl rand -hex 32`')
  .transform((hex) => Buffer.from(hex, 'hex'))

function commaSeparated<Value>(item: z.ZodType<Value, string>) {
  return z.string().transform((text, context): readonly Value[] => {
    const read = text.split(',').map((part) => item.safeParse(part.trim()))
    for (const [index, { error }] of read.entries()) {
      if (!error) continue
      const message = `must be a list, separated by commas; item ${index + 1} ${error.issues[0]?.message}`
      context.addIssue({ code: 'custom', message })
    }
    return read.flatMap(({ data }) => data ?? [])
  })
}

/** RFC 6454, section 7: as browsers send it. */
const origin = z
  .string()
  .regex(
    /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@A-Z]+$/,
    'must be an origin as browsers send it: scheme, host and port, such as https://app.example.com',
  )

/** A name without a scheme or port; a name that begins with a dot stands for all names below it. */
const hostName = z
  .string()
  .toLowerCase()
  .regex(/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, 'must be a host name, such as gateway.example.com or .example.com')

const perMinute = wholeNumber(0, 1_000_000_000).optional()

const onOrOff = z.enum(['on', 'off'], { error: 'must be on or off' }).transform((word) => word === 'on')

const issuer = z.string().transform((text, context) => {
  const url = URL.parse(text)
  const insecure = url?.protocol === 'http:' && !isLoopbackUrl(url)
  if (url && !insecure && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username) return url
  const message = insecure
    ? 'must be https: over plain http anyone in between could forge tokens'
    : 'must be the issuer identifier of an OpenID provider, such as https://login.example.com'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** Every setting, by its environment variable. docs/settings.md explains them. */
export const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  DATA_DIR: z
    .string()
    .default('.data')
    .transform((path) => resolve(path)),
  DATABASE_URL: z
    .string()
    .refine(
      (url) => /^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? ''),
      'must be a URL with percent-encoded parts: postgresql://user:password@host:5432/database',
    )
    .optional(),
  ENCRYPTION_KEY: key.optional(),
  ACCEPTED_ENCRYPTION_KEYS: commaSeparated(key).default([]),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info'),
  FEED_RETENTION: duration
    .refine((milliseconds) => milliseconds >= 60_000, 'must be a duration of at least 1m')
    .default(7 * 86_400_000),
  OIDC_ISSUER: issuer.optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_INTROSPECTION_PERIOD: duration
    .refine((milliseconds) => milliseconds >= 200 && milliseconds <= 300_000, 'must be a duration from 200ms to 5m')
    .default(15_000),
  OIDC_LICENSE_CLAIM: z.string().default(standardClaims.license),
  OIDC_CLIENT_CLAIM: z.string().default(standardClaims.client),
  OIDC_SCOPE_CLAIM: z.string().default(standardClaims.scope),
  CONSOLE: onOrOff.optional(),
  CONSOLE_CLIENT_ID: z.string().optional(),
  CONSOLE_SCOPE: z.string().default('openid agents-bot--my:rw agents-bot--all:ro properties--my:ro'),
  GRAPHIQL: onOrOff.optional(),
  INTROSPECTION: onOrOff.optional(),
  METHODS_SECRET_KEY_OF_OTHERS: onOrOff.default(true),
  WEBHOOK_ALLOWED_NETWORKS: orWhatIsWrong(parseNetworks).optional(),
  WEBHOOK_RETRY_SCHEDULE: orWhatIsWrong(parseRetrySchedule).default(
    [5, 30, 120, 600, 3_600, 21_600, 86_400].map((s) => s * 1_000),
  ),
  WEBHOOK_TIMEOUT: duration
    .refine((milliseconds) => milliseconds >= 100 && milliseconds <= 20_000, 'must be from 100ms to 20s')
    .default(10_000),
  WEBHOOK_RETENTION: duration.default(30 * 86_400_000),
  BOT_AGENTS_PER_APPLICATION: wholeNumber(1, 1_000_000).default(500),
  ALLOWED_HOSTS: commaSeparated(hostName).default([]),
  ALLOWED_ORIGINS: commaSeparated(origin).default([]),
  TRUSTED_PROXIES: orWhatIsWrong(parseNetworks).default([]),
  RATE_LIMIT_QUERY_COST: perMinute,
  RATE_LIMIT_MUTATIONS: perMinute,
  RATE_LIMIT_CHAT_EVENTS: perMinute,
  RATE_LIMIT_LOGIN_FAILURES: perMinute,
  AUDIT_RETENTION: duration.default(90 * 86_400_000),
})

/** Settings that are valid by themselves, but unsafe or incomplete in combination with others. */
const combinations: readonly [name: string, isWrong: (given: Given) => unknown, message: string][] = [
  [
    'HOST',
    ({ HOST, OIDC_ISSUER }) => HOST && !OIDC_ISSUER && !isLoopback(HOST),
    'must be a loopback address, such as 127.0.0.1, unless OIDC_ISSUER is set: anyone who can reach the built-in SSO can get a token for everything',
  ],
  [
    'ENCRYPTION_KEY',
    ({ ENCRYPTION_KEY, OIDC_ISSUER }) => OIDC_ISSUER && !ENCRYPTION_KEY,
    'must be set if OIDC_ISSUER is, for example to the output of `openssl rand -hex 32`: a key next to the data protects nothing',
  ],
  [
    'OIDC_AUDIENCE',
    ({ OIDC_AUDIENCE, OIDC_ISSUER }) => OIDC_ISSUER && !OIDC_AUDIENCE,
    'must be set if OIDC_ISSUER is: without it, tokens for other services of the provider would be accepted',
  ],
  [
    'OIDC_ISSUER',
    ({ OIDC_ISSUER, ...given }) => !OIDC_ISSUER && Object.keys(given).some((name) => name.startsWith('OIDC_')),
    'must be set if other OIDC settings are: without it, the built-in SSO lets everybody in',
  ],
  [
    'OIDC_CLIENT_SECRET',
    ({ OIDC_CLIENT_ID, OIDC_CLIENT_SECRET }) => OIDC_CLIENT_ID && !OIDC_CLIENT_SECRET,
    'must be set if OIDC_CLIENT_ID is',
  ],
  [
    'OIDC_CLIENT_ID',
    ({ OIDC_CLIENT_ID, OIDC_CLIENT_SECRET }) => OIDC_CLIENT_SECRET && !OIDC_CLIENT_ID,
    'must be set if OIDC_CLIENT_SECRET is',
  ],
  [
    'OIDC_INTROSPECTION_PERIOD',
    ({ OIDC_INTROSPECTION_PERIOD, OIDC_CLIENT_ID }) => OIDC_INTROSPECTION_PERIOD && !OIDC_CLIENT_ID,
    'requires OIDC_CLIENT_ID and OIDC_CLIENT_SECRET: without them, the provider is not asked about tokens',
  ],
  [
    'CONSOLE_CLIENT_ID',
    ({ CONSOLE_CLIENT_ID, CONSOLE_SCOPE, OIDC_ISSUER }) => (CONSOLE_CLIENT_ID || CONSOLE_SCOPE) && !OIDC_ISSUER,
    'and CONSOLE_SCOPE require OIDC_ISSUER: with the built-in SSO, the console opens signed in',
  ],
  [
    'CONSOLE_CLIENT_ID',
    ({ CONSOLE, CONSOLE_CLIENT_ID, OIDC_ISSUER }) => CONSOLE === 'on' && OIDC_ISSUER && !CONSOLE_CLIENT_ID,
    'must be set if CONSOLE is on and OIDC_ISSUER is set: without it, nobody can sign in',
  ],
  [
    'NODE_TLS_REJECT_UNAUTHORIZED',
    ({ NODE_TLS_REJECT_UNAUTHORIZED, OIDC_ISSUER }) => OIDC_ISSUER && NODE_TLS_REJECT_UNAUTHORIZED === '0',
    'must not be 0 if OIDC_ISSUER is set: anyone in between could forge tokens. To trust your own certificate, set NODE_EXTRA_CA_CERTS',
  ],
]

type Given = Readonly<Record<string, string | undefined>>

/** The settings of the gateway, for each of its parts. All values are valid. */
export interface Config
  extends StorageSettings,
    FeedSettings,
    AdmissionSettings,
    IdentitySettings,
    FeatureSettings,
    HttpSettings {
  readonly logLevel: LogLevel
}

/** Settings that are not valid. The message, for people, has one line for each. */
export class InvalidConfig extends Error {
  override name = 'InvalidConfig'
}

/** Settings whose empty value says something. */
const maybeEmpty = new Set(['WEBHOOK_RETRY_SCHEDULE'])

/**
 * Reads the settings. An empty variable counts as absent, except for those in `maybeEmpty`.
 * @throws InvalidConfig, which lists every setting that is wrong, what it must be and what it is
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' || maybeEmpty.has(name)))
  const { data, error } = environment.safeParse(given)
  const wrong = [
    ...(error?.issues.map(({ path, message }) => `  ${path.join('.')} ${message}${whatItIs(given, String(path[0]))}`) ??
      []),
    ...combinations
      .filter(([, isWrong]) => isWrong(given))
      .map(([name, , message]) => `  ${name} ${message}${whatItIs(given, name)}`),
  ]
  if (!data || wrong.length > 0) throw new InvalidConfig(`These settings are not valid:\n${wrong.join('\n')}`)
  const development = data.OIDC_ISSUER === undefined
  const publicOnly: AllowedNetworks = []
  const rates = development ? noRateLimits : defaultRateLimits
  return Object.freeze({
    host: data.HOST,
    port: data.PORT,
    dataDir: data.DATA_DIR,
    databaseUrl: data.DATABASE_URL,
    encryptionKey: data.ENCRYPTION_KEY,
    acceptedEncryptionKeys: data.ACCEPTED_ENCRYPTION_KEYS,
    openId: openIdOf(data),
    console: data.CONSOLE ?? (development || data.CONSOLE_CLIENT_ID !== undefined),
    consoleProvider: consoleProviderOf(data),
    graphiql: data.GRAPHIQL ?? development,
    introspection: data.INTROSPECTION ?? development,
    methodsSecretKeyOfOthers: data.METHODS_SECRET_KEY_OF_OTHERS,
    logLevel: data.LOG_LEVEL,
    feedRetention: data.FEED_RETENTION,
    webhookAllowedNetworks: data.WEBHOOK_ALLOWED_NETWORKS ?? (development ? loopbackNetworks : publicOnly),
    webhookRetrySchedule: data.WEBHOOK_RETRY_SCHEDULE,
    webhookTimeout: data.WEBHOOK_TIMEOUT,
    webhookRetention: data.WEBHOOK_RETENTION,
    botAgentsPerApplication: data.BOT_AGENTS_PER_APPLICATION,
    allowedHosts: data.ALLOWED_HOSTS,
    allowedOrigins: data.ALLOWED_ORIGINS,
    trustedProxies: data.TRUSTED_PROXIES,
    rateLimits: {
      queryCost: data.RATE_LIMIT_QUERY_COST ?? rates.queryCost,
      mutations: data.RATE_LIMIT_MUTATIONS ?? rates.mutations,
      chatEvents: data.RATE_LIMIT_CHAT_EVENTS ?? rates.chatEvents,
      logInFailures: data.RATE_LIMIT_LOGIN_FAILURES ?? rates.logInFailures,
    },
    auditRetention: data.AUDIT_RETENTION,
  })
}

const loopbackNetworks = parseNetworks('127.0.0.0/8,::1/128') as AllowedNetworks

function openIdOf(data: z.output<typeof environment>): OpenIdSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret } = data
  if (!issuer || !audience) return undefined
  return {
    issuer,
    audience,
    client: id && secret ? { id, secret } : undefined,
    introspectionPeriod: data.OIDC_INTROSPECTION_PERIOD,
    claims: { license: data.OIDC_LICENSE_CLAIM, client: data.OIDC_CLIENT_CLAIM, scope: data.OIDC_SCOPE_CLAIM },
  }
}

function consoleProviderOf(data: z.output<typeof environment>): ConsoleProvider | undefined {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, CONSOLE_CLIENT_ID: clientId, CONSOLE_SCOPE: scope } = data
  return issuer && audience && clientId ? { issuer: issuer.href, clientId, scope, audience } : undefined
}

const secret = new Set(['ENCRYPTION_KEY', 'ACCEPTED_ENCRYPTION_KEYS', 'DATABASE_URL', 'OIDC_CLIENT_SECRET'])

function whatItIs(given: Given, name: string): string {
  if (given[name] === undefined) return ' (it is not set)'
  return secret.has(name) ? '' : ` (it is ${JSON.stringify(given[name])})`
}
