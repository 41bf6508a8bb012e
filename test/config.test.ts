import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InvalidConfig, readConfig } from '../src/config.ts'

describe('settings', () => {
  it('all have a default', () => {
    expect(readConfig({ PORT: '' })).toEqual({
      host: '127.0.0.1',
      port: 4000,
      dataDir: resolve('.data'),
      databaseUrl: undefined,
      encryptionKey: undefined,
      acceptedEncryptionKeys: [],
      openId: undefined,
      console: true,
      consoleProvider: undefined,
      graphiql: true,
      introspection: true,
      methodsSecretKeyOfOthers: true,
      logLevel: 'info',
      feedRetention: 7 * 86_400_000,
      botAgentsPerApplication: 500,
      webhookAllowedNetworks: expect.any(Array),
      webhookRetrySchedule: [5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000, 86_400_000],
      webhookTimeout: 10_000,
      webhookRetention: 30 * 86_400_000,
      allowedHosts: [],
      allowedOrigins: [],
      trustedProxies: [],
      rateLimits: { queryCost: 0, mutations: 0, chatEvents: 0, logInFailures: 0 },
      auditRetention: 90 * 86_400_000,
    })
  })

  const production = {
    OIDC_ISSUER: 'https://login.example.com',
    OIDC_AUDIENCE: 'https://gateway.example.com',
    ENCRYPTION_KEY: 'ab'.repeat(32),
  }

  it('limit rates by default if tokens come from an issuer', () => {
    const { rateLimits } = readConfig({ ...production, RATE_LIMIT_MUTATIONS: '7' })
    expect(rateLimits).toEqual({ queryCost: 300_000, mutations: 7, chatEvents: 0, logInFailures: 30 })
  })

  it('can be lists', () => {
    const [a, b] = ['ab'.repeat(32), 'CD'.repeat(32)]
    const { acceptedEncryptionKeys } = readConfig({ ACCEPTED_ENCRYPTION_KEYS: `${a}, ${b}` })
    expect(acceptedEncryptionKeys).toEqual([Buffer.from(a, 'hex'), Buffer.from(b, 'hex')])
    const origins = ['https://app.example.com', 'http://localhost:3000', 'capacitor://localhost']
    expect(readConfig({ ALLOWED_ORIGINS: origins.join(',') }).allowedOrigins).toEqual(origins)
  })

  const durations = { '250ms': 250, '10s': 10_000, '1.5h': 5_400_000, '2m': 120_000, '30d': 2_592_000_000 }
  for (const [text, milliseconds] of Object.entries(durations)) {
    it(`accept ${text} as a duration`, () => {
      expect(readConfig({ WEBHOOK_RETENTION: text }).webhookRetention).toBe(milliseconds)
    })
  }

  const wrong: Record<string, string[]> = {
    HOST: ['0.0.0.0', '192.168.0.1', '::', 'example.com'],
    PORT: ['-1', '65536', '4000.5', 'http'],
    DATABASE_URL: ['mysql://localhost/x', 'postgresql://user:pa#ss@[/x'],
    ENCRYPTION_KEY: ['secret', 'ab'.repeat(31)],
    ACCEPTED_ENCRYPTION_KEYS: ['secret', `${'ab'.repeat(32)},`],
    ALLOWED_ORIGINS: ['*', 'null', 'example.com', 'https://example.com/', 'https://Example.com', 'https://a@b.c'],
    TRUSTED_PROXIES: ['everywhere', '10.0.0.0/99'],
    RATE_LIMIT_QUERY_COST: ['-1', '10/s'],
    AUDIT_RETENTION: ['forever'],
    OIDC_ISSUER: [
      'example.com',
      'ftp://example.com',
      'http://example.com',
      'https://example.com?x',
      'https://a@example.com',
    ],
    OIDC_INTROSPECTION_PERIOD: ['15', '1ms', '1h'],
    GRAPHIQL: ['yes'],
    INTROSPECTION: ['true'],
    METHODS_SECRET_KEY_OF_OTHERS: ['false'],
    LOG_LEVEL: ['loud'],
    FEED_RETENTION: ['7', '7 days', '-1s'],
    BOT_AGENTS_PER_APPLICATION: ['0', 'many'],
    WEBHOOK_ALLOWED_NETWORKS: ['everywhere', '10.0.0.0/99'],
    WEBHOOK_RETRY_SCHEDULE: ['soon', '5s,,30s'],
    WEBHOOK_TIMEOUT: ['10', '0s', '1h'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    it(`refuse an invalid ${name}, and say what it must be`, () => {
      for (const value of values)
        expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^  ${name} must be`, 'm'))
    })
  }

  it('with an OpenID provider start a gateway that reveals nothing more than necessary, and may listen on any address', () => {
    expect(readConfig({ ...production, HOST: '0.0.0.0' })).toMatchObject({
      host: '0.0.0.0',
      openId: { audience: 'https://gateway.example.com', client: undefined, introspectionPeriod: 15_000 },
      graphiql: false,
      introspection: false,
      webhookAllowedNetworks: [],
    })
    const opened = { GRAPHIQL: 'on', INTROSPECTION: 'on', WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8' }
    expect(readConfig({ ...production, ...opened })).toMatchObject({ graphiql: true, introspection: true })
    for (const issuer of ['http://127.0.0.1:4001', 'http://localhost:4001', 'http://[::1]:4001/realms/x']) {
      expect(readConfig({ ...production, OIDC_ISSUER: issuer }).openId?.issuer.href).toContain(issuer)
    }
  })

  const unsafe: [name: string, env: Record<string, string>, named: string[]][] = [
    [
      'an issuer without a key and an audience',
      { OIDC_ISSUER: 'https://a.example' },
      ['ENCRYPTION_KEY', 'OIDC_AUDIENCE'],
    ],
    ['an audience without an issuer', { OIDC_AUDIENCE: 'x' }, ['OIDC_ISSUER']],
    ['a client without its secret', { ...production, OIDC_CLIENT_ID: 'x' }, ['OIDC_CLIENT_SECRET']],
    ['a secret without its client', { ...production, OIDC_CLIENT_SECRET: 'hunter2' }, ['OIDC_CLIENT_ID']],
    ['a period without a client', { ...production, OIDC_INTROSPECTION_PERIOD: '5s' }, ['OIDC_INTROSPECTION_PERIOD']],
    [
      'certificates that are not checked',
      { ...production, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      ['NODE_TLS_REJECT_UNAUTHORIZED'],
    ],
    ['the built-in SSO on a public address', { HOST: '0.0.0.0' }, ['HOST']],
    [
      'everything at once',
      { HOST: '0.0.0.0', OIDC_ISSUER: 'http://example.com', OIDC_CLIENT_SECRET: 'hunter2', PORT: 'x' },
      ['PORT', 'OIDC_ISSUER', 'ENCRYPTION_KEY', 'OIDC_AUDIENCE', 'OIDC_CLIENT_ID'],
    ],
  ]
  for (const [name, env, named] of unsafe) {
    it(`are refused if they are unsafe or incomplete: ${name}`, () => {
      const error = (() => {
        try {
          return readConfig(env)
        } catch (caught) {
          return caught as Error
        }
      })() as Error
      expect(error).toBeInstanceOf(InvalidConfig)
      const names = error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(' ')[0])
      expect(names).toEqual(named)
      expect(error.message).not.toContain('hunter2')
    })
  }

  it('are reported all at once if they are wrong, without secrets', () => {
    const read = () =>
      readConfig({
        PORT: 'x',
        ENCRYPTION_KEY: 'hunter2',
        ACCEPTED_ENCRYPTION_KEYS: 'hunter2',
        DATABASE_URL: 'mysql://me:hunter2@localhost',
      })
    expect(read).toThrow(InvalidConfig)
    expect(read).toThrow(/PORT[\s\S]*DATABASE_URL[\s\S]*ENCRYPTION_KEY/)
    expect(read).not.toThrow(/hunter2/)
  })
})
