import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { environment, readConfig } from '../src/config.ts'
import { tableRows } from './support/table-rows.ts'

const page = await readFile(new URL('../docs/settings.md', import.meta.url), 'utf8')
const settings = tableRows(page)
  .filter(([name = '']) => /^`[A-Z]/.test(name))
  .map(([name, , byDefault, withIssuer]) => ({
    name: code(name) as keyof typeof environment.shape,
    byDefault: code(byDefault),
    withIssuer: code(withIssuer),
  }))

const production = {
  OIDC_ISSUER: 'https://login.example.com',
  OIDC_AUDIENCE: 'https://gateway.example.com',
  OIDC_CLIENT_ID: 'gateway',
  OIDC_CLIENT_SECRET: 'secret',
  CONSOLE_CLIENT_ID: 'console',
  ENCRYPTION_KEY: 'ab'.repeat(32),
}

describe('docs/settings.md', () => {
  it('lists every setting, and no others', () => {
    const names: string[] = settings.map(({ name }) => name)
    expect(names.toSorted()).toEqual(Object.keys(environment.shape).toSorted())
  })

  it.each(settings)('has the right default for $name', ({ name, byDefault, withIssuer }) => {
    const given = /^(OIDC|CONSOLE)_/.test(name) ? production : {}
    if (byDefault !== undefined) expect(readConfig({ ...given, [name]: byDefault })).toEqual(readConfig(given))
    else expect([undefined, []]).toContainEqual(environment.shape[name].parse(undefined))
    const inProduction = withIssuer ?? byDefault
    if (inProduction === undefined || name === 'WEBHOOK_ALLOWED_NETWORKS') return
    expect(readConfig({ ...production, [name]: inProduction })).toEqual(readConfig(production))
  })
})

/** The code in a cell, if the cell contains nothing else. */
function code(cell = ''): string | undefined {
  return /^`([^`]*)`$/.exec(cell)?.[1]
}
