export interface MethodAnswer {
  status: number
  headers: Headers
  body: { error?: { type: string; message: string; data?: { field?: string; message: string }[] } } & Record<
    string,
    unknown
  >
}

/** Calls a method of the specification. A `body` of text or bytes is sent as it is. */
export async function callMethod(
  gateway: { url: string },
  token: string | undefined,
  name: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<MethodAnswer> {
  const response = await fetch(new URL(`/agents/${name}`, gateway.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as MethodAnswer['body'],
  }
}
