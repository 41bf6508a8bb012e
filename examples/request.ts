import { accessToken, url } from './gateway.ts'

/** Sends a query or a mutation over HTTP. */
export async function request<Data>(query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${await accessToken()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] }
  if (errors?.[0]) throw new Error(errors[0].message)
  if (!data) throw new Error(`The gateway answered with status ${response.status}`)
  return data
}
