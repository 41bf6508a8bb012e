import { readConfig } from '../src/config.ts'
import { openSso } from '../src/identity/issuers/sso.ts'
import { scopes } from '../src/identity/scope.ts'

/** Runs an operation. @returns its data @throws CannotGoOn */
export type Gateway = <Data>(document: string, variables?: object) => Promise<Data>

/** The demo can't continue. The message says why, and what to do. */
export class CannotGoOn extends Error {
  override name = 'CannotGoOn'
}

/** No response. The operation may have been run all the same. */
export class GatewayAway extends CannotGoOn {
  override name = 'GatewayAway'
}

/**
 * A gateway on this machine, called as GraphiQL calls it: as the application `my-bots` in license 1, with a token of the
 * built-in SSO. So GraphiQL shows what the demo does.
 */
export async function openGateway(url: string): Promise<Gateway> {
  const { dataDir } = readConfig(process.env)
  const sso = await openSso(dataDir)

  return async <Data>(query: string, variables?: object) => {
    // A new token for each operation, because the demo may run for days.
    const token = await sso.sign({ clientId: 'my-bots', licenseId: 1, scopes, expiresIn: 60 })
    const answer = await post(url, token, { query, variables })
    if (answer.errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) {
      throw new CannotGoOn(
        `The gateway at ${url} rejects a token signed with the key in ${dataDir}.\nRun the demo from the same folder as the gateway, or with the same DATA_DIR.`,
      )
    }
    if (!answer.data) throw new CannotGoOn(`The gateway responded with an error: ${messages(answer.errors)}`)
    const wrong = Object.values(answer.data).flatMap((field) => (field as Payload | null)?.userErrors ?? [])
    if (wrong.length > 0) throw new CannotGoOn(`The gateway responded with an error: ${messages(wrong)}`)
    return answer.data as Data
  }
}

interface Answer {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions?: { code?: string } }[]
}
interface Payload {
  userErrors?: { message: string; field?: string[] | null }[]
}

async function post(url: string, token: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => {
    throw new GatewayAway(
      `No gateway responds at ${url}.\nStart one in another terminal with \`npm start\`. If it has another address, run \`npm run demo -- --url URL\`.`,
    )
  })
  const answer = (await response.json().catch(() => ({}))) as Answer
  if (answer.data || answer.errors) return answer
  throw new CannotGoOn(`${url} is not a GraphQL endpoint (status ${response.status}).`)
}

function messages(errors: readonly { message: string; field?: string[] | null }[] = []): string {
  return errors.map(({ field, message }) => (field ? `${field.join('.')} ${message}` : message)).join('; ')
}
